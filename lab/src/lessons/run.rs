//! `cargo lab run`: lessons on kernels, each in a guest of its own.

use crate::{
    course::Course,
    lessons::{lesson, overlay::Overlay, runner::Runner, scene::Scene, verified::remembered},
    report::{
        Style, parallel,
        verdict::{self, Mistake},
    },
    vm::{
        kernel::Kernel,
        kernels::{self, DEFAULT},
    },
};
use ::lesson::cost::without_figures;
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

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
    /// Run them with your own changes: FOLDER/lessons/SLUG and FOLDER/kmods/SLUG hold the files that differ from the course's
    ///
    /// They are laid over the course's in a copy, so the course stays as it is. Put there only what you have changed, each file at
    /// its path in the course, such as FOLDER/kmods/ioctl/ioctl.c. Without a SLUG it runs all lessons that FOLDER has something of.
    /// What is printed is compared with what the course expects, or with your own lessons/SLUG/expected.txt.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["all", "changed"])]
    from: Option<PathBuf>,
    /// Kernel to run on, or all of them; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [DEFAULT], value_delimiter = ',', value_parser = kernels::some())]
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
    let mut overlays = BTreeMap::new();
    if let Some(folder) = &options.from {
        if options.slugs.is_empty() {
            slugs = changed_in(folder, slugs)?;
        }
        overlays = laid_over(&course, &slugs, folder)?;
    }
    if options.changed {
        slugs = changed(&course, slugs, &kernels::chosen(&options.kernels))?;
        if slugs.is_empty() {
            println!("nothing has changed since it passed");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let runner = Runner::new(&course, &slugs, &kernels::chosen(&options.kernels), options.boot)?.with(overlays);
    let reports = runner.run_all(&slugs, parallel::jobs(options.jobs), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

/// Those of `slugs` of which a reader's folder has something.
fn changed_in(folder: &Path, slugs: Vec<String>) -> Result<Vec<String>> {
    let has = |slug: &String| ["lessons", "kmods"].iter().any(|kind| folder.join(kind).join(slug).is_dir());
    let changed: Vec<String> = slugs.into_iter().filter(has).collect();
    if changed.is_empty() {
        let folder = folder.display();
        bail!(Mistake(format!(
            "{folder} has nothing of a lesson: it would be in {folder}/lessons/SLUG or {folder}/kmods/SLUG"
        )));
    }
    Ok(changed)
}

/// What a reader's folder has of these lessons. Says so.
fn laid_over(course: &Course, slugs: &[String], folder: &Path) -> Result<BTreeMap<String, Overlay>> {
    let mut overlays = BTreeMap::new();
    for slug in slugs {
        let overlay = Overlay::of_folder(course, slug, folder)?;
        let names: Vec<String> = overlay.names().map(|name| name.display().to_string()).collect();
        match names.is_empty() {
            true => eprintln!("lab: {slug}: {} has the files of the course, unchanged", folder.display()),
            false => eprintln!("lab: {slug}: with your {}", names.join(", ")),
        }
        overlays.insert(slug.clone(), overlay);
    }
    Ok(overlays)
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
