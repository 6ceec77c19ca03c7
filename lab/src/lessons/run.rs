//! `cargo lab run`: lessons on kernels, each in a guest of its own.

use crate::{
    course::Course,
    lessons::{lesson, runner::Runner, scene::Scene, verified::remembered},
    report::{
        Style, parallel,
        verdict::{self, Mistake},
    },
    vm::kernel::{self, DEFAULT, Kernel},
};
use ::lesson::cost::without_figures;
use anyhow::{Context, Result, bail};
use std::{fs, process::ExitCode};

/// Which lessons, on what.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons to run; all of them if none is named
    slugs: Vec<String>,
    /// Run every lesson (the same as naming none)
    #[arg(long, conflicts_with = "slugs")]
    all: bool,
    /// Run only those that have not passed since anything about them changed
    #[arg(long)]
    changed: bool,
    /// Kernel to run on, or all of them; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [DEFAULT], value_parser = kernel::parser())]
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
    let mut slugs = course.chosen(&options.slugs)?;
    if options.changed {
        slugs = changed(&course, slugs, &kernel::chosen(&options.kernels))?;
        if slugs.is_empty() {
            println!("nothing has changed since it passed");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let runner = Runner::new(&course, &slugs, &kernel::chosen(&options.kernels), options.boot)?;
    let reports = runner.run_all(&slugs, parallel::jobs(options.jobs), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Those of `slugs` that have changed since they passed, on one of the kernels or another.
fn changed(course: &Course, slugs: Vec<String>, kernels: &[String]) -> Result<Vec<String>> {
    let kernels = kernels.iter().map(|name| Kernel::find(name)).collect::<Result<Vec<_>>>()?;
    let mut changed = Vec::new();
    for slug in slugs {
        let passed = kernels.iter().map(|kernel| has_passed(course, &slug, kernel)).collect::<Result<Vec<_>>>()?;
        if passed.contains(&false) {
            changed.push(slug);
        }
    }
    Ok(changed)
}

/// Whether a lesson has passed on a kernel since anything about it changed. Only a run that passed leaves an output behind.
pub fn has_passed(course: &Course, slug: &str, kernel: &Kernel) -> Result<bool> {
    Ok(has_passed_as(course, slug, &lesson::key(course, slug, kernel)?))
}

/// Whether a lesson has passed as it was with this key.
pub fn has_passed_as(course: &Course, slug: &str, key: &str) -> bool {
    Scene::all(course, slug).into_iter().all(|scene| remembered(course, &scene.name(slug), key).exists())
}

/// `cargo lab dev bless`: makes what the lessons print what is expected of them.
pub fn bless(slugs: &[String]) -> Result<ExitCode> {
    if std::env::var_os("CI").is_some() {
        bail!(Mistake("bless is for people: CI checks golden files and never writes them".into()));
    }
    let course = Course::find()?;
    let slugs = course.chosen(slugs)?;
    let runner = Runner::new(&course, &slugs, &[DEFAULT.to_string()], false)?;
    for slug in &slugs {
        for scene in Scene::all(&course, slug) {
            let output = runner.play(runner.template(), slug, scene, None).with_context(|| format!("run {slug}"))?;
            let output = without_figures(&output);
            let path = scene.golden(&course, slug);
            let same = fs::read_to_string(&path).is_ok_and(|text| text == output);
            fs::write(&path, &output).with_context(|| format!("write {}", path.display()))?;
            let outcome = if same { "unchanged" } else { "written: read it" };
            println!("{}: {} lines, {outcome}", path.display(), output.lines().count());
        }
    }
    Ok(ExitCode::SUCCESS)
}
