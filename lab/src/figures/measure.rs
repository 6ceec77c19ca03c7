//! `cargo lab dev measure`: what every crossing costs, on this machine, for the chapter that compares them.

use crate::{
    build::cargo,
    course::{Course, package},
    figures::{
        compare, markdown,
        measured::{Figure, Machine, Measured},
        pictures,
    },
    lessons::{runner::Runner, scene::with_clean_log},
    report::{spinner::Step, verdict::Fault},
    vm::{
        emulator::{processor, qemu},
        guest::Limits,
        kernels::DEFAULT,
    },
};
use agent::Exit;
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    thread,
    time::Duration,
};

/// The lesson whose programs measure.
pub const LESSON: &str = "choosing";

/// How much a measuring program may print.
const OUTPUT: usize = 1 << 20;

/// The smallest part of the time that a run gets.
const PART: u64 = 4;

/// What makes the C library copy long pieces by loads and stores instead of `rep movsb`; see ld.so(8), GLIBC_TUNABLES.
const WITHOUT_REP: (&str, &str) = ("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=100000000");

/// How long to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for all crossings in the lab; each other run, on two processors and on this machine itself, gets a quarter
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

/// Runs the command: prints tables, and rewrites the figures of the book.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let programs = compare::c_programs(&course)?;
    let mut slugs = vec![LESSON.to_string()];
    slugs.extend(programs.iter().map(|program| program.slug.clone()));
    course.chosen(&slugs)?;
    let runner = Runner::new(&course, &slugs, &[DEFAULT.to_string()], false)?;
    let template = runner.template();
    let machine = Machine {
        processor: processor::name()?,
        hypervisor: processor::has("hypervisor")?,
        accelerator: template.choice.accelerator.to_string(),
        qemu: qemu::version(&qemu::find()?)?,
        kernel: template.kernel.release.clone(),
        host_kernel: nix::sys::utsname::uname()?.release().to_string_lossy().into_owned(),
    };
    let part = options.seconds.div_ceil(PART);
    let lab = in_the_lab(&runner, "every crossing in the lab", options.seconds, &[], &[])?;
    let lab_apart = in_the_lab(&runner, "two processors in the lab", part, &["unprivileged", "apart"], &[])?;
    let only = &["only", "mmap"];
    let lab_without_rep = in_the_lab(&runner, "copies without `rep movsb` in the lab", part, only, &[WITHOUT_REP])?;
    let host = on_the_host(&course, "this machine itself", part, &["unprivileged"])?;
    let host_apart = match thread::available_parallelism()?.get() {
        1 => Vec::new(),
        _ => on_the_host(&course, "two processors of this machine itself", part, &["unprivileged", "apart"])?,
    };
    let compared = compare::all(&course, &runner, &programs)?;
    let measured = Measured { machine, lab, lab_apart, host, host_apart, lab_without_rep, compared };
    measured.keep(&course)?;
    pictures::draw(&measured, &course)?;

    let show = |text: String| println!("{text}");
    show(markdown::machine(&measured));
    show(markdown::latency(&measured.lab));
    show(markdown::sizes(&measured.lab));
    show(markdown::apart(&measured));
    show(markdown::emulation(&measured));
    show(markdown::compared(&measured.compared));
    println!("written: {} and the figures of book/{LESSON}.md", Measured::path(&course).display());
    Ok(ExitCode::SUCCESS)
}

/// A run in a fresh guest with the lesson's module. `which` says what of it, as the program takes it.
fn in_the_lab(runner: &Runner, what: &str, seconds: u64, which: &[&str], set: &[(&str, &str)]) -> Result<Vec<Figure>> {
    let step = Step::start(&format!("measuring {what} ({seconds} s and some to warm up)"));
    let lesson = runner.lesson(&runner.template().kernel, LESSON)?;
    let mut guest = runner.guest(runner.template())?;
    lesson.install(&mut guest)?;
    lesson.install_program(&mut guest, &program(), "measure")?;
    lesson.load(&mut guest)?;
    let limits = Limits { time: Duration::from_secs(3 * seconds + 60), bytes: OUTPUT };
    let seconds = seconds.to_string();
    let variables = set.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    let mut command = vec!["/bin/busybox", "env"];
    command.extend(variables.iter().map(String::as_str));
    command.extend(["/root/measure", &seconds]);
    command.extend(which);
    let ended = guest.run(&command, limits)?;
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&ended.stderr);
        bail!(Fault(format!("{} in the lab: {}\n{}", program(), ended.exit, said.trim_end())));
    }
    let unloaded = lesson.unload(&mut guest);
    with_clean_log(&mut guest, unloaded)?;
    let figures = parse(&ended.stdout)?;
    step.finish(&format!("{what}: {} figures", figures.len()));
    Ok(figures)
}

/// The crossings that need neither root nor the module, by the same program without a guest around it.
fn on_the_host(course: &Course, what: &str, seconds: u64, which: &[&str]) -> Result<Vec<Figure>> {
    let step = Step::start(&format!("measuring {what} ({seconds} s)"));
    let programs = cargo::build(&course.root, &[package(LESSON, '-')])?;
    let path: &PathBuf = programs.get(&program()).with_context(|| format!("there is no program {}", program()))?;
    let mut command = Command::new(path);
    command.arg(seconds.to_string()).args(which).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("start {}", path.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} on this machine: {}", program(), said.trim_end());
    let figures = parse(&output.stdout)?;
    step.finish(&format!("{what}: {} figures", figures.len()));
    Ok(figures)
}

fn program() -> String {
    format!("{}-measure", package(LESSON, '-'))
}

/// A figure a line.
fn parse(output: &[u8]) -> Result<Vec<Figure>> {
    let text = String::from_utf8_lossy(output);
    let figures = text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("read {line:?}")));
    let figures = figures.collect::<Result<Vec<_>>>()?;
    ensure!(!figures.is_empty(), "{} measured nothing", program());
    Ok(figures)
}
