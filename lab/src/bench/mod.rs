//! `cargo lab dev bench`: the figures that CONTRIBUTING.md shows, measured on this machine.

mod served;

use crate::{
    course::Course,
    exercises::{
        exercise::{Exercise, Variant},
        learner::Learner,
        verify::Checker,
    },
    lessons::{runner::Runner, scene::Scene},
    notebooks::jupyter::Jupyter,
    report::{Report, spinner, verdict::Verdict},
    vm::{emulator::processor, guest::Guest, kernels::DEFAULT},
};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

/// The lesson that is measured: it has a module and every section.
const LESSON: &str = "ioctl";

/// How often each figure is taken.
const TIMES: usize = 20;

/// How many clones must each run the lesson without one failure.
const CLONES: usize = 200;

/// How many readers at once a server must answer.
const READERS: usize = 20;

/// Runs the command: prints a table for CONTRIBUTING.md.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs = course.chosen(&[LESSON.to_string()])?;
    let kernels = [DEFAULT.to_string()];
    let runner = Runner::new(&course, &slugs, &kernels, false)?;
    println!("{}\n", machine(&runner)?);
    println!("| what | median | least to most | of |\n|---|---|---|---|");

    row("clone of the template until the agent answers", &times(TIMES, || runner.guest(runner.template()).map(drop))?);
    row("boot of a guest until the agent answers", &times(5, || runner.template().boot().map(drop))?);
    row(&format!("`cargo lab run {LESSON}`, nothing to rebuild"), &times(TIMES, || cargo_lab(&["run", LESSON]))?);
    row(&format!("`cargo lab run {LESSON} --boot`"), &times(5, || cargo_lab(&["run", LESSON, "--boot"]))?);
    row(&format!("`cargo lab dev output {LESSON}`, cached"), &times(TIMES, || cargo_lab(&["dev", "output", LESSON]))?);
    row("book rebuild after editing a chapter", &rebuilds(&course)?);
    row("`cargo lab serve`, until the book can be read", &times(5, served::start)?);
    row("Run on a page until the first line, nothing to rebuild", &served::runs(TIMES)?);
    let module = |turn| format!("u64 total = atomic64_read(&meter_total) + {turn};");
    row(
        "Run on a page until the first line, a line of the module changed",
        &served::changes(&course, "kmods/ioctl/ioctl.c", "u64 total = atomic64_read(&meter_total);", module, TIMES)?,
    );
    let library = |turn| format!("METER_READING_CLEAR: u32 = {turn} | 1;");
    row(
        "Run on a page until the first line, a line of the lesson changed",
        &served::changes(&course, "lessons/ioctl/src/lib.rs", "METER_READING_CLEAR: u32 = 1;", library, TIMES)?,
    );
    row("Shell on a page until it prompts", &served::shells(TIMES)?);
    row(&format!("{READERS} readers press Run at once, until all are answered"), &served::crowds(READERS, 5)?);
    row("from a saved change of a lesson to the page that says so, two kernels", &served::edits(&course, 5)?);
    for (side, exercise) in [("in the kernel", "chardev/user-pointer"), ("in user space", "syscalls/short-count")] {
        row(&format!("exercise {side}, from save to verdict"), &verdicts(&course, exercise)?);
    }
    println!("| memory of one clone after the lesson (PSS) | {} MiB | | |", memory(&runner)? >> 20);
    println!("| {CLONES} clones, each running the lesson | {} failures | | |", failures(&runner)?);
    cargo_lab(&["site"])?;
    python(&course, "page/tests/bench.py")?;
    python(&course, "lab/jupyter/bench.py")?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a script that prints rows of its own, among the packages that Jupyter has.
fn python(course: &Course, script: &str) -> Result<()> {
    let mut python = Jupyter::set_up(course)?.program("python")?;
    let status = python.arg(course.root.join(script)).status().context("start python")?;
    ensure!(status.success(), "{script}: {status}");
    Ok(())
}

/// The machine's facts.
fn machine(runner: &Runner) -> Result<String> {
    let template = runner.template();
    Ok(format!(
        "{}, {} processors, {}, Linux {}",
        processor::name()?,
        std::thread::available_parallelism()?,
        template.choice.accelerator,
        template.kernel.release
    ))
}

fn times(count: usize, mut what: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    what().context("warm up")?;
    (0..count)
        .map(|_| {
            let started = Instant::now();
            what().map(|()| started.elapsed())
        })
        .collect()
}

fn row(what: &str, times: &[Duration]) {
    let mut times = times.to_vec();
    times.sort();
    let seconds = |time: Duration| format!("{:.3} s", time.as_secs_f64());
    let (median, least, most) = (times[times.len() / 2], times[0], times[times.len() - 1]);
    println!("| {what} | {} | {} to {} | {} |", seconds(median), seconds(least), seconds(most), times.len());
}

/// A whole command, cargo's own start included, as a reader would time it.
fn cargo_lab(arguments: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).arg("lab").args(arguments).stdin(Stdio::null()).output().context("start cargo")?;
    ensure!(output.status.success(), "cargo lab {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Times whole builds of the book, each after a change to a chapter (which is put back).
fn rebuilds(course: &Course) -> Result<Vec<Duration>> {
    let chapter = course.book().join(format!("{LESSON}.md"));
    let text = fs::read_to_string(&chapter).with_context(|| format!("read {}", chapter.display()))?;
    let scratch = tempfile::tempdir()?;
    let mut turn = 0;
    let outcome = times(5, || {
        turn += 1;
        fs::write(&chapter, format!("{text}\n<!-- {turn} -->\n"))?;
        crate::book::page::build(course, scratch.path())
    });
    fs::write(&chapter, text).context("put the chapter back")?;
    outcome
}

/// Times checks of a learner's copy of an exercise, each after a change to it.
fn verdicts(course: &Course, exercise: &str) -> Result<Vec<Duration>> {
    let scratch = tempfile::tempdir()?;
    let learner = Learner::in_folder(scratch.path().to_path_buf());
    let checker = Checker::new(course)?;
    let attempt = learner.begin(&Exercise::named(course, exercise)?)?;
    let solution = attempt.exercise.text_of(&Variant::Solution)?;
    let mut turn = 0;
    times(TIMES, || {
        turn += 1;
        fs::write(&attempt.file, format!("{solution}\n/* {turn} */\n"))?;
        checker.check(&learner, &attempt, &()).map(drop)
    })
}

/// The emulator's proportional set size in bytes after it ran the lesson: proc_pid_smaps(5).
fn memory(runner: &Runner) -> Result<u64> {
    let mut guest: Guest = runner.guest(runner.template())?;
    let lesson = runner.lesson(&runner.template().kernel, LESSON)?;
    Scene::Story.play(&lesson, &mut guest, None)?;
    let path = format!("/proc/{}/smaps_rollup", guest.emulator());
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kib: u64 = pss.trim().trim_end_matches(" kB").parse().context("parse Pss")?;
    Ok(kib << 10)
}

fn failures(runner: &Runner) -> Result<usize> {
    let bar = spinner::bar(CLONES);
    let mut failures = 0;
    for _ in 0..CLONES {
        let Report { verdict, .. } = runner.run(runner.template(), LESSON, Scene::Story);
        if verdict != Verdict::Passed {
            failures += 1;
            bar.suspend(|| eprintln!("{verdict:?}"));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(failures)
}
