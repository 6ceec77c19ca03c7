//! Each lesson's library against a plain C program that does the same work on the same module: the lesson's programs
//! `src/bin/compare.rs` and `compare.c`.

use crate::{
    course::{Course, package},
    figures::measured::Compared,
    lessons::{runner::Runner, scene::with_clean_log},
    report::{spinner, verdict::Fault},
    vm::guest::{Guest, Limits},
};
use agent::Exit;
use anyhow::{Context, Result, bail, ensure};
use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

/// How often each of the two programs runs, in turns. An odd number, so that one of the times is the median.
const ROUNDS: usize = 41;

/// How long a program should work each time, in nanoseconds: starting it does not count, but waking up does.
const WORK: f64 = 30e6;

/// How often the work is done to find out how long it takes.
const TRIAL: u64 = 100;

const LIMITS: Limits = Limits { time: Duration::from_secs(20), bytes: 4096 };

/// A C program.
pub struct CProgram {
    /// The lesson whose work it does.
    pub slug: String,
    /// What it does once, as its first line says.
    work: String,
    source: PathBuf,
}

/// All of them, by lesson.
pub fn c_programs(course: &Course) -> Result<Vec<CProgram>> {
    let slugs = course.slugs()?;
    slugs.into_iter().filter_map(|slug| course.c_program(&slug).map(|source| CProgram::of(slug, source))).collect()
}

impl CProgram {
    fn of(slug: String, source: PathBuf) -> Result<Self> {
        let text = fs::read_to_string(&source).with_context(|| format!("read {}", source.display()))?;
        let first = text.lines().next().unwrap_or_default();
        let work = first.strip_prefix("/* ").and_then(|line| line.strip_suffix(" */"));
        let work = work.with_context(|| format!("{} must begin with /* what it does once */", source.display()))?;
        Ok(CProgram { slug, work: work.to_string(), source })
    }

    /// Compiles it as plainly as can be: optimised, and static because the guest has no libraries.
    fn compile(&self, course: &Course) -> Result<PathBuf> {
        let folder = course.scratch().join("compare");
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let program = folder.join(&self.slug);
        let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.args(["-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Werror"]);
        for headers in course.shared().into_iter().chain(course.module(&self.slug)) {
            compiler.arg("-I").arg(headers);
        }
        compiler.arg("-o").arg(&program).arg(&self.source).stdin(Stdio::null());
        let output = compiler.output().context("start cc")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), Fault(format!("{}\n{}", self.source.display(), said.trim_end())));
        Ok(program)
    }
}

/// Runs all of them, in one guest.
pub fn all(course: &Course, runner: &Runner, programs: &[CProgram]) -> Result<Vec<Compared>> {
    eprintln!("lab: comparing {} lessons with C (about {} s)", programs.len(), 4 * programs.len());
    let bar = spinner::bar(programs.len());
    let mut guest = runner.guest(runner.template())?;
    let mut compared = Vec::new();
    for program in programs {
        bar.set_message(program.slug.clone());
        compared.push(one(course, runner, &mut guest, program).with_context(|| format!("compare {}", program.slug))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    with_clean_log(&mut guest, Ok(compared))
}

fn one(course: &Course, runner: &Runner, guest: &mut Guest, program: &CProgram) -> Result<Compared> {
    let slug = program.slug.as_str();
    let lesson = runner.lesson(&runner.template().kernel, slug)?;
    lesson.install(guest)?;
    lesson.install_program(guest, &format!("{}-compare", package(slug, '-')), "compare")?;
    guest.put_file("/root/c", 0o755, &program.compile(course)?)?;
    lesson.load(guest)?;
    let c = |guest: &mut Guest, times: u64| run(guest, &["/root/c", &times.to_string()]);
    let rust = |guest: &mut Guest, times: u64| run(guest, &["/root/compare", &times.to_string()]);
    rust(guest, TRIAL)?;
    let times = (WORK / c(guest, TRIAL)?.max(1.0)).ceil() as u64;
    let (mut by_c, mut by_rust) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes first changes, or one would always have the warmer caches.
        if round % 2 == 0 {
            by_c.push(c(guest, times)?);
        }
        by_rust.push(rust(guest, times)?);
        if round % 2 == 1 {
            by_c.push(c(guest, times)?);
        }
    }
    lesson.unload(guest)?;
    let [c, rust] = [by_c, by_rust].map(median);
    Ok(Compared { slug: slug.into(), work: program.work.clone(), rounds: ROUNDS, c, rust })
}

/// Runs a program that prints how many nanoseconds the work takes once.
fn run(guest: &mut Guest, argv: &[&str]) -> Result<f64> {
    let ended = guest.run(argv, LIMITS)?;
    let (output, said) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    if ended.exit != Exit::Code(0) {
        bail!(Fault(format!("{}: {}\n{}", argv.join(" "), ended.exit, said.trim_end())));
    }
    output.trim().parse().with_context(|| format!("{} printed {output:?} instead of a number", argv.join(" ")))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
