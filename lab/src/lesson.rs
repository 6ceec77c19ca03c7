//! One lesson in one guest: load the module, run the program twice, unload, and look at the kernel's log.

use crate::{
    cargo, console,
    course::{Course, package},
    diff,
    guest::{Ended, Guest, Limits},
    kernel::Kernel,
    key::Key,
    module::{self, Warnings},
    verdict::Faulty,
};
use agent::Exit;
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a module may take to load or to unload.
const MODULE: Limits = Limits { time: Duration::from_secs(10), bytes: 64 << 10 };

/// How long a lesson may run, and how much it may print beyond what is expected of it.
const PROGRAM: Limits = Limits { time: Duration::from_secs(20), bytes: 256 << 10 };

/// How much of the kernel's log a failure shows.
const EXCERPT_LINES: usize = 40;

/// A lesson that was built for one kernel.
pub struct Lesson {
    /// Its name.
    pub slug: String,
    program: PathBuf,
    modules: Vec<PathBuf>,
}

/// Builds the programs of `slugs`.
pub fn programs(course: &Course, slugs: &[String]) -> Result<BTreeMap<String, PathBuf>> {
    let packages: Vec<String> = slugs.iter().map(|slug| package(slug, '-')).collect();
    let mut built = cargo::build(&course.root, &packages)?;
    Ok(slugs.iter().filter_map(|slug| Some((slug.clone(), built.remove(&package(slug, '-'))?))).collect())
}

impl Lesson {
    /// Builds the module of `slug` for `kernel`, if it has one, and joins it with the program.
    pub fn build(course: &Course, kernel: &Kernel, slug: &str, program: &Path) -> Result<Self> {
        let modules = match course.module(slug) {
            Some(source) => {
                module::build(kernel, &source, &course.module_build(&kernel.name, slug), Warnings::Refused)?.modules
            }
            None => Vec::new(),
        };
        Ok(Lesson { slug: slug.to_string(), program: program.to_path_buf(), modules })
    }

    /// Runs the lesson in `guest` and returns what it printed, the same both times. What it prints is held against
    /// `expected`, if there is one. A lesson or module that misbehaves is [`Faulty`].
    pub fn perform(&self, guest: &mut Guest, expected: Option<&str>) -> Result<String> {
        let played = self.play(guest, expected);
        // Trouble in the log explains a failure, and is one.
        let settled = guest.settled_log();
        let report = excerpt(&guest.log()).map(|excerpt| format!("the kernel reported trouble\n{excerpt}"));
        match (played, report) {
            (Ok(_), Some(report)) => Err(Faulty(report).into()),
            (Ok(output), None) => settled.map(|_| output),
            (Err(error), Some(report)) => Err(error.context(report)),
            (Err(error), None) => Err(error),
        }
    }

    fn play(&self, guest: &mut Guest, expected: Option<&str>) -> Result<String> {
        self.install(guest)?;
        self.load(guest)?;
        let first = self.pass(guest, "first", expected)?;
        let second = self.pass(guest, "second", expected.or(Some(&first)))?;
        if !self.modules.is_empty() {
            guest_command(guest, &["/init", "rmmod", &package(&self.slug, '_')])?;
        }
        Ok(second)
    }

    /// Puts the program and all modules into the guest's `/root`.
    pub fn install(&self, guest: &mut Guest) -> Result<()> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
        guest.put(&format!("/root/{}", self.slug), 0o755, read(&self.program)?)?;
        for module in &self.modules {
            let name = module.file_name().and_then(|name| name.to_str()).context("a module's file name")?;
            guest.put(&format!("/root/{name}"), 0o644, read(module)?)?;
        }
        Ok(())
    }

    /// Loads the lesson's module, if it has one.
    pub fn load(&self, guest: &mut Guest) -> Result<()> {
        match self.modules.is_empty() {
            true => Ok(()),
            false => guest_command(guest, &["/init", "insmod", &format!("/root/{}.ko", package(&self.slug, '_'))]),
        }
    }

    fn pass(&self, guest: &mut Guest, which: &str, expected: Option<&str>) -> Result<String> {
        let limits = Limits { bytes: PROGRAM.bytes + expected.map_or(0, str::len), ..PROGRAM };
        let ended = guest.run(&[&format!("/root/{}", self.slug)], limits)?;
        let output = String::from_utf8_lossy(&ended.stdout).into_owned();
        if ended.flooded {
            let start = expected.map(|expected| diff::lines(expected, &output)).unwrap_or_default();
            bail!(Faulty(format!("{which} run: it printed more than {} bytes and was killed\n{start}", limits.bytes)));
        }
        if ended.exit != Exit::Code(0) {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            let start = expected.filter(|expected| *expected != output).map(|expected| diff::lines(expected, &output));
            bail!(Faulty(format!("{which} run: {}\n{said}{}", ended.exit, start.unwrap_or_default())));
        }
        match expected {
            Some(expected) if expected != output => {
                bail!(Faulty(format!("{which} run: the output differs\n{}", diff::lines(expected, &output))))
            }
            _ => Ok(output),
        }
    }
}

/// Runs a command that has nothing to say unless it fails.
pub fn guest_command(guest: &mut Guest, argv: &[&str]) -> Result<()> {
    let Ended { exit, stderr, .. } = guest.run(argv, MODULE)?;
    if exit == Exit::Code(0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&stderr);
    let why = if said.trim().is_empty() { exit.to_string() } else { said.trim().to_string() };
    Err(Faulty(format!("{} failed: {why}", argv[1..].join(" "))).into())
}

/// The part of a kernel log that reports trouble.
pub fn excerpt(log: &str) -> Option<String> {
    let first = console::trouble(log)?;
    let lines: Vec<&str> = log.lines().map(console::message).skip_while(|line| *line != first).collect();
    let mut text = lines[..lines.len().min(EXCERPT_LINES)].join("\n");
    if lines.len() > EXCERPT_LINES {
        text += "\n… `cargo lab log` shows the rest";
    }
    Some(text)
}

/// A lesson's expected output. That there is none is the lesson's fault.
pub fn expected(course: &Course, slug: &str) -> Result<String> {
    let path = course.expected(slug);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(_) => bail!(Faulty(format!("{} is missing: `cargo lab bless {slug}` makes it", path.display()))),
    }
}

/// The key of everything that a lesson's output depends on: its sources, those of its module, the kernel, and this
/// tool, which cargo builds anew whenever the compiler or the agent changes.
pub fn key(course: &Course, slug: &str, kernel: &Kernel) -> Result<String> {
    let mut key = Key::default()
        .folder(&course.lesson(slug))?
        .file(&course.root.join("Cargo.toml"))?
        .file(&course.root.join("Cargo.lock"))?
        .identity(&kernel.image())?
        .identity(&std::env::current_exe().context("find this program")?)?;
    if let Some(module) = course.module(slug) {
        key = key.folder(&module)?.folder(&module.join("../include"))?;
    }
    Ok(key.finish())
}
