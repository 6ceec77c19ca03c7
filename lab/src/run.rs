//! `cargo lab run`: lessons on kernels, each in a guest of its own.

use crate::{
    course::Course,
    kernel::KERNELS,
    report::Style,
    scene::Scene,
    stage::{self, Stage},
    verdict,
};
use anyhow::{Context, Result, ensure};
use std::{fs, process::ExitCode};

/// Which lessons, on what.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons to run; all of them if none is named
    slugs: Vec<String>,
    /// Run every lesson (the same as naming none)
    #[arg(long, conflicts_with = "slugs")]
    all: bool,
    /// Kernel to run on; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [KERNELS[0]], value_parser = KERNELS)]
    kernels: Vec<String>,
    /// Boot each guest instead of cloning the template
    #[arg(long)]
    boot: bool,
    /// Lessons to run at the same time [default: one for each processor]
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    style: Style,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let stage = Stage::set(&course, &slugs, &options.kernels, options.boot)?;
    let reports = stage.perform_all(&slugs, stage::jobs(options.jobs), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// `cargo lab bless`: makes what the lessons print what is expected of them.
pub fn bless(slugs: &[String]) -> Result<ExitCode> {
    ensure!(std::env::var_os("CI").is_none(), "bless is for people: CI checks golden files and never writes them");
    let course = Course::find()?;
    let slugs = course.chosen(slugs)?;
    let stage = Stage::set(&course, &slugs, &[KERNELS[0].to_string()], false)?;
    for slug in &slugs {
        for scene in Scene::of(&course, slug) {
            let output = stage.play(stage.template(), slug, scene, None).with_context(|| format!("run {slug}"))?;
            let path = scene.golden(&course, slug);
            let same = fs::read_to_string(&path).is_ok_and(|text| text == output);
            fs::write(&path, &output).with_context(|| format!("write {}", path.display()))?;
            let outcome = if same { "unchanged" } else { "written: read it" };
            println!("{}: {} lines, {outcome}", path.display(), output.lines().count());
        }
    }
    Ok(ExitCode::SUCCESS)
}
