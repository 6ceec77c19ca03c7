//! `cargo lab soak`: what one run cannot show. Each module is loaded and unloaded many times in one kernel and must
//! give all memory back; a hostile program throws nonsense at it from several threads; the lesson runs many times over,
//! each time in a fresh clone, without one difference.

use crate::{
    course::{Course, package},
    guest::{Guest, Limits},
    kernel::KERNELS,
    lesson::{Lesson, guest_command},
    report::{Report, Style},
    scene::{PROGRAM, Scene, with_clean_log},
    stage::{self, Stage},
    template::Template,
    verdict::{self, Faulty},
};
use agent::Exit;
use anyhow::{Context, Result, bail};
use std::process::ExitCode;

/// Loads and unloads in one kernel.
const LOADS: usize = 50;

/// Runs of each lesson, each in a clone of its own.
const RUNS: usize = 20;

/// How much less memory than before may be available after all loads, in KiB: less than one page for each of them.
const SLACK: u64 = 4 * LOADS as u64 / 2;

/// Which lessons, on what.
#[derive(clap::Args)]
pub struct Options {
    /// Lessons; all of them if none is named
    slugs: Vec<String>,
    /// Kernel to run on; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [KERNELS[0]], value_parser = KERNELS)]
    kernels: Vec<String>,
    #[command(flatten)]
    style: Style,
}

/// What is done with a lesson.
#[derive(Clone, Copy)]
enum Trial {
    Loads,
    Hostile,
    Runs,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&options.slugs)?;
    let stage = Stage::set(&course, &slugs, &options.kernels, false)?;
    let trials = |slug: &str| match course.module(slug) {
        Some(_) => vec![Trial::Loads, Trial::Hostile, Trial::Runs],
        None => vec![Trial::Runs],
    };
    let mut work = Vec::new();
    for template in stage.templates() {
        for slug in &slugs {
            work.extend(trials(slug).into_iter().map(|trial| (template, slug.as_str(), trial)));
        }
    }
    let reports = stage::each(&work, stage::jobs(None), |item| perform(&course, &stage, item), &options.style);
    options.style.conclude(&reports);
    Ok(verdict::exit_code(reports.iter().map(|report| &report.verdict)))
}

fn perform(course: &Course, stage: &Stage, (template, slug, trial): &(&Template, &str, Trial)) -> (String, Report) {
    let name = match trial {
        Trial::Loads => format!("{slug}: {LOADS} loads"),
        Trial::Hostile => format!("{slug}: hostile calls"),
        Trial::Runs => format!("{slug}: {RUNS} runs"),
    };
    let report = Report::of(template, &name, || {
        let lesson = stage.lesson(&template.kernel, slug)?;
        match trial {
            Trial::Loads => in_guest(stage, template, |guest| loads(&lesson, guest)),
            Trial::Hostile => in_guest(stage, template, |guest| hostile(&lesson, guest)),
            Trial::Runs => runs(course, stage, template, slug),
        }
    });
    (name, report)
}

fn in_guest(stage: &Stage, template: &Template, what: impl FnOnce(&mut Guest) -> Result<()>) -> Result<()> {
    let mut guest = stage.guest(template)?;
    let done = what(&mut guest);
    with_clean_log(&mut guest, done)
}

fn loads(lesson: &Lesson, guest: &mut Guest) -> Result<()> {
    lesson.install(guest)?;
    let cycle = |guest: &mut Guest| lesson.load(guest).and_then(|()| lesson.unload(guest));
    // The first ones fill the kernel's caches.
    (0..10).try_for_each(|_| cycle(guest))?;
    let before = available(guest)?;
    (0..LOADS).try_for_each(|_| cycle(guest))?;
    let after = available(guest)?;
    if before > after + SLACK {
        bail!(Faulty(format!("{LOADS} loads and unloads cost {} KiB of memory", before - after)));
    }
    Ok(())
}

/// Memory that the kernel could give away, in KiB, once it has dropped what it only keeps in case (proc(5),
/// `MemAvailable`).
fn available(guest: &mut Guest) -> Result<u64> {
    let script = "sync; for i in 1 2 3; do echo 3 > /proc/sys/vm/drop_caches; sleep 0.1; done
        echo 1 > /proc/sys/vm/stat_refresh; cat /proc/meminfo";
    let ended = guest.run(&["/bin/sh", "-c", script], PROGRAM)?;
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:")).context("no MemAvailable")?;
    line.trim().trim_end_matches(" kB").parse().context("parse MemAvailable")
}

fn hostile(lesson: &Lesson, guest: &mut Guest) -> Result<()> {
    lesson.install(guest)?;
    lesson.install_program(guest, &format!("{}-hostile", package(&lesson.slug, '-')), "hostile")?;
    lesson.load(guest)?;
    let ended = guest.run(&["/root/hostile"], Limits { bytes: 1 << 20, ..PROGRAM })?;
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
        bail!(Faulty(format!("the hostile program: {}\n{said}", ended.exit)));
    }
    guest_command(guest, &["/init", "rmmod", &package(&lesson.slug, '_')])
}

fn runs(course: &Course, stage: &Stage, template: &Template, slug: &str) -> Result<()> {
    let scene = Scene::Story;
    let expected = scene.expected(course, slug, &template.kernel.name)?;
    for run in 1..=RUNS {
        stage.play(template, slug, scene, expected.as_deref()).with_context(|| format!("run {run} of {RUNS}"))?;
    }
    Ok(())
}
