//! An attempt at an exercise: a file, the program that checks it, and what comes of running the one on the other.

use crate::{
    build::{
        module::{self, Warnings},
        oops,
    },
    course::Course,
    exercises::{
        exercise::{Exercise, Side},
        programs::Programs,
    },
    lessons::{lesson::load_stock, log},
    report::verdict::{self, Fault, Lost},
    vm::{
        guest::{Guest, Limits, without_marks},
        kernel::Kernel,
        template::Template,
    },
};
use agent::Exit;
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a check, loading or unloading may take, and how much a check may print.
const LIMITS: Limits = Limits { time: Duration::from_secs(8), bytes: 64 << 10 };

/// How long a guest may be silent once something has run out of time. With [`LIMITS`] it bounds what a learner waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// The name of the module that `exercise.c` is built into.
const MODULE: &str = "exercise";

/// How it is built.
pub const KBUILD: &str = "obj-m := exercise.o\nccflags-y := -I$(src)/../include\n";

/// An attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What is tried.
    pub exercise: Exercise,
    /// Names it among the attempts at the same exercise.
    pub name: String,
    /// The learner's file, or a variant of it.
    pub file: PathBuf,
}

impl Attempt {
    /// The program that checks it. A module is no part of that, so all attempts at one share theirs.
    pub fn program(&self) -> String {
        let id = self.exercise.id.replace('/', "-");
        match self.exercise.side {
            Side::User => format!("{id}-{}", self.name),
            Side::Kernel => format!("{id}-module"),
        }
    }

    /// The program's main function.
    pub fn main(&self) -> String {
        let check = self.exercise.folder.join("check.rs");
        let module = |path: &Path, name: &str| format!("#[path = {path:?}]\nmod {name};\n");
        let exercise = match self.exercise.side {
            Side::User => module(&self.file, "exercise"),
            Side::Kernel => String::new(),
        };
        format!(
            "//! Written by `cargo lab`.\n\n{exercise}{}\nfn main() -> std::process::ExitCode {{\n    \
             judge::main(check::check)\n}}\n",
            module(&check, "check")
        )
    }

    /// Checks it in a fresh guest. What is wrong with it is its own fault ([`Fault`]). Returns what the compiler warned of.
    pub fn check(&self, course: &Course, template: &Template, programs: &Programs) -> Result<String> {
        let program = programs.of(self)?;
        let (module, warnings) = match self.exercise.side {
            Side::User => (None, programs.warnings.clone()),
            Side::Kernel => {
                let (module, warnings) =
                    self.build_module(course, &template.kernel, &programs.folder.join(".kmods"))?;
                (Some(module), warnings)
            }
        };
        match self.run(course, template, &program, module.as_deref()) {
            Err(error) if verdict::is_fault(&error) && !warnings.is_empty() => {
                Err(Fault(format!("{error:#}\n\nThe compiler had warned:\n{warnings}")).into())
            }
            explained => explained.map(|()| warnings),
        }
    }

    /// Checks what was built of it in a fresh guest.
    pub fn run(&self, course: &Course, template: &Template, program: &Path, module: Option<&Path>) -> Result<()> {
        let mut guest = template.clone_guest()?;
        guest.set_patience(PATIENCE);
        let stock: Vec<&str> = self.exercise.modules.iter().map(String::as_str).collect();
        load_stock(&mut guest, &template.kernel.modules(&stock)?)?;
        let checked = run(&mut guest, program, module);
        // A guest that falls silent after that was silenced by what ran in it.
        let settled = guest.settled_log().map_err(blame);
        let log = without_marks(&guest.log());
        log::keep(course, &self.exercise.id.replace('/', "-"), &template.kernel.name, &log)?;
        self.explain(checked.and(settled.map(drop)), &log, module)
    }

    /// Joins what the check says with what the kernel says: trouble in its log is a failure and comes first.
    fn explain(&self, checked: Result<()>, log: &str, module: Option<&Path>) -> Result<()> {
        let trouble = oops::summary(log);
        let said = match (checked, &trouble) {
            (Ok(()), None) => return Ok(()),
            (Err(error), None) if !verdict::is_fault(&error) => return Err(error),
            (Ok(()), Some(trouble)) => trouble.clone(),
            (Err(error), None) => format!("{error:#}"),
            (Err(error), Some(trouble)) => format!("{trouble}\n{error:#}"),
        };
        let evidence = if trouble.is_some() { log } else { &said };
        let place = module.and_then(|module| oops::place(evidence, module, &self.file));
        Err(Fault(place.into_iter().fold(said, |said, place| format!("{said}\n{place}"))).into())
    }

    /// Builds the module in `scratch`; returns it and what the compiler warned of.
    fn build_module(&self, course: &Course, kernel: &Kernel, scratch: &Path) -> Result<(PathBuf, String)> {
        let name = format!("{}-{}", self.exercise.id.replace('/', "-"), self.name);
        let source = scratch.join(&name);
        fs::create_dir_all(&source).with_context(|| format!("make {}", source.display()))?;
        let text = fs::read(&self.file).with_context(|| format!("read {}", self.file.display()))?;
        fs::write(source.join("Kbuild"), KBUILD)?;
        fs::write(source.join("exercise.c"), text)?;
        // The learner knows their own file.
        let theirs = |text: &str| {
            let folder = self.file.parent().unwrap_or(&self.file);
            text.replace(&source.display().to_string(), &folder.display().to_string())
        };
        let build = scratch.join(&kernel.name).join(&name);
        match module::build(kernel, &source, &course.headers(), &build, Warnings::Reported) {
            Ok(built) => {
                let module = built.modules.into_iter().next().context("the build made no module")?;
                let warned: Vec<&str> = built.warnings.lines().filter(|line| !line.starts_with("make")).collect();
                Ok((module, theirs(warned.join("\n").trim())))
            }
            Err(error) if verdict::is_fault(&error) => bail!(Fault(theirs(&format!("{error:#}")))),
            Err(error) => Err(error),
        }
    }
}

/// Loads the module if there is one, runs the program, and unloads the module.
fn run(guest: &mut Guest, program: &Path, module: Option<&Path>) -> Result<()> {
    guest.put_file("/root/check", 0o755, program)?;
    let Some(module) = module else { return command(guest, &["/root/check"]) };
    let name = module.file_stem().and_then(OsStr::to_str).context("a module's name")?;
    let path = format!("/root/{name}.ko");
    guest.put_file(&path, 0o644, module)?;
    command(guest, &[agent::PROGRAM, "insmod", &path])?;
    command(guest, &["/root/check"])?;
    command(guest, &[agent::PROGRAM, "rmmod", name])
}

/// Whatever goes on in a guest is the doing of what runs there: that a command does not end, that no other can be started,
/// that nobody answers. Only a lost VM is not.
fn blame(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Lost>() { error } else { Fault(format!("{error:#}")).into() }
}

/// Runs a command; one that fails is at fault, and what it wrote to standard error says why.
fn command(guest: &mut Guest, argv: &[&str]) -> Result<()> {
    let ended = guest.run(argv, LIMITS).map_err(blame)?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let what = if argv.len() > 1 { format!("{}: ", argv[1..].join(" ")) } else { String::new() };
    match ended.exit {
        _ if ended.flooded => bail!(Fault(format!("it printed more than {} bytes and was killed", LIMITS.bytes))),
        Exit::Code(0) => Ok(()),
        _ if said.trim().is_empty() => bail!(Fault(format!("{what}{}", ended.exit))),
        _ => bail!(Fault(format!("{what}{}", said.trim()))),
    }
}
