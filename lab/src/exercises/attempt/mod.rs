//! An attempt at an exercise: a file, the program that checks it, and what comes of running the one on the other.

mod compiler;
pub mod follow;
mod hang;
mod run;

use crate::{
    build::{
        module::{self, Warnings},
        oops, place,
    },
    course::Course,
    exercises::{
        exercise::{Exercise, Side},
        programs::{Program, Programs},
    },
    lessons::{lesson::load_stock, log},
    report::verdict::{self, Fault},
    vm::{guest::without_marks, kernel::Kernel, template::Template},
};
use anyhow::{Context, Result, bail};
use follow::Follow;
use run::Run;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a guest may take to say where it stands, once something in it hangs. It bounds what a learner waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// How `exercise.c` is built.
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

/// What was built to try one.
pub struct Built {
    /// The program that checks it; it holds a learner's `exercise.rs`.
    pub program: Program,
    /// What `exercise.c` was built into.
    pub module: Option<PathBuf>,
    /// The learner's file.
    pub source: PathBuf,
}

/// An attempt that has passed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// What the compiler warned of.
    pub warnings: String,
    /// What was printed, by a learner's `println!`: the checks themselves print nothing.
    pub printed: String,
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

    /// Checks it in a fresh guest. What is wrong with it is its own fault ([`Fault`]).
    pub fn check(
        &self,
        course: &Course,
        template: &Template,
        programs: &Programs,
        follow: &dyn Follow,
    ) -> Result<Passed> {
        let (built, warnings) = self.build(course, template, programs)?;
        match self.run(course, template, &built, follow) {
            Ok(printed) => Ok(Passed { warnings, printed }),
            Err(error) if verdict::is_fault(&error) && !warnings.is_empty() => {
                Err(Fault(format!("{error:#}\n\nThe compiler had warned:\n{warnings}")).into())
            }
            Err(error) => Err(error),
        }
    }

    /// Checks what was built of it in a fresh guest. Returns what was printed.
    pub fn run(&self, course: &Course, template: &Template, built: &Built, follow: &dyn Follow) -> Result<String> {
        follow.step("it is checked");
        let mut guest = template.clone_guest()?;
        follow.runs_in(guest.killer());
        guest.set_patience(PATIENCE);
        let stock: Vec<&str> = self.exercise.modules.iter().map(String::as_str).collect();
        load_stock(&mut guest, &template.kernel.modules(&stock)?)?;
        let mut run = Run { built, guest: &mut guest, printed: String::new() };
        let checked = run.all();
        let printed = run.printed();
        // A guest that falls silent after that was silenced by what ran in it.
        let settled = guest.settled_log().map_err(run::blame);
        let log = without_marks(&guest.log());
        log::keep(course, &self.exercise.id.replace('/', "-"), &template.kernel.name, &log)?;
        match explain(checked.and(settled.map(drop)), &log, built) {
            Ok(()) => Ok(printed),
            Err(error) if verdict::is_fault(&error) && !printed.is_empty() => {
                Err(Fault(format!("{error:#}\n\nIt had printed:\n{printed}")).into())
            }
            Err(error) => Err(error),
        }
    }

    /// Builds what is tried; returns it and what the compiler warned of.
    fn build(&self, course: &Course, template: &Template, programs: &Programs) -> Result<(Built, String)> {
        let program = programs.of(self)?;
        let (module, warnings) = match self.exercise.side {
            Side::User => (None, programs.warnings.clone()),
            Side::Kernel => {
                let (module, warnings) =
                    self.build_module(course, &template.kernel, &programs.folder.join(".kmods"))?;
                (Some(module), warnings)
            }
        };
        Ok((Built { program, module, source: self.file.clone() }, warnings))
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
                Ok((module, theirs(&built.warnings)))
            }
            Err(error) if verdict::is_fault(&error) => {
                bail!(Fault(theirs(&compiler::for_the_kernel(&format!("{error:#}")))))
            }
            Err(error) => Err(error),
        }
    }
}

/// Joins what the check says with what the kernel says: trouble in its log is a failure and comes first.
fn explain(checked: Result<()>, log: &str, built: &Built) -> Result<()> {
    let trouble = oops::summary(log);
    let said = match (checked, &trouble) {
        (Ok(()), None) => return Ok(()),
        (Err(error), None) => return Err(error),
        (Ok(()), Some(trouble)) => trouble.clone(),
        (Err(error), Some(trouble)) => format!("{trouble}\n{error:#}"),
    };
    let place = built.module.as_ref().and_then(|module| place::in_module(log, module, &built.source));
    Err(Fault(place.into_iter().fold(said, |said, place| format!("{said}\n{place}"))).into())
}
