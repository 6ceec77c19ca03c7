//! `cargo lab measure`: what every crossing costs, on this machine, for the chapter that compares them.

use crate::{
    accelerator, cargo, compare,
    course::{Course, package},
    guest::Limits,
    kernel::KERNELS,
    measured::{Figure, Machine, Measured},
    progress::Step,
    qemu,
    scene::with_clean_log,
    stage::Stage,
    table,
    verdict::Faulty,
};
use agent::Exit;
use anyhow::{Context, Result, bail, ensure};
use std::{
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

/// The lesson whose programs measure.
pub const LESSON: &str = "choosing";

/// How much a measuring program may print.
const OUTPUT: usize = 1 << 20;

/// How long to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds for the crossings in the lab; a quarter of it goes to those on this machine itself
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
}

/// Runs the command: prints tables, and rewrites the figures of the book.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let rivals = compare::rivals(&course)?;
    let mut slugs = vec![LESSON.to_string()];
    slugs.extend(rivals.iter().map(|rival| rival.slug.clone()));
    course.chosen(&slugs)?;
    let stage = Stage::set(&course, &slugs, &[KERNELS[0].to_string()], false)?;
    let template = stage.template();
    let machine = Machine {
        processor: accelerator::processor()?,
        accelerator: template.choice.accelerator.to_string(),
        qemu: qemu::version(&qemu::find()?)?,
        kernel: template.kernel.release.clone(),
    };
    let guest = in_the_lab(&stage, options.seconds)?;
    let host = on_the_host(&course, options.seconds.div_ceil(4))?;
    let compared = compare::all(&course, &stage, &rivals)?;
    let measured = Measured { machine, guest, host, compared };
    measured.write(&course)?;

    let told = |text: String| println!("{text}");
    told(table::machine(&measured));
    told(table::latency(&measured.guest));
    told(table::sizes(&measured.guest));
    told(table::host(&measured.guest, &measured.host));
    told(table::compared(&measured.compared));
    println!("written: {} and the figures of book/{LESSON}.md", Measured::path(&course).display());
    Ok(ExitCode::SUCCESS)
}

/// Every crossing, in a fresh guest with the lesson's module.
fn in_the_lab(stage: &Stage, seconds: u64) -> Result<Vec<Figure>> {
    let step = Step::start(&format!("measuring every crossing in the lab ({seconds} s and some to warm up)"));
    let lesson = stage.lesson(&stage.template().kernel, LESSON)?;
    let mut guest = stage.guest(stage.template())?;
    lesson.install(&mut guest)?;
    lesson.install_program(&mut guest, &program(), "measure")?;
    lesson.load(&mut guest)?;
    let limits = Limits { time: Duration::from_secs(3 * seconds + 60), bytes: OUTPUT };
    let ended = guest.run(&["/root/measure", &seconds.to_string()], limits)?;
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&ended.stderr);
        bail!(Faulty(format!("{} in the lab: {}\n{}", program(), ended.exit, said.trim_end())));
    }
    let unloaded = lesson.unload(&mut guest);
    with_clean_log(&mut guest, unloaded)?;
    let figures = parse(&ended.stdout)?;
    step.finish(&format!("{} figures in the lab", figures.len()));
    Ok(figures)
}

/// The crossings that need neither root nor the module, by the same program without a guest around it.
fn on_the_host(course: &Course, seconds: u64) -> Result<Vec<Figure>> {
    let step = Step::start(&format!("measuring on this machine itself what can be ({seconds} s)"));
    let programs = cargo::build(&course.root, &[package(LESSON, '-')])?;
    let path: &PathBuf = programs.get(&program()).with_context(|| format!("there is no program {}", program()))?;
    let mut command = Command::new(path);
    command.args([&seconds.to_string(), "unprivileged"]).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("start {}", path.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} on this machine: {}", program(), said.trim_end());
    let figures = parse(&output.stdout)?;
    step.finish(&format!("{} figures on this machine itself", figures.len()));
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
