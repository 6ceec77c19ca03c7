//! `cargo lab editor`: what language servers need to understand the course's code. rust-analyzer needs a package of the
//! learner's exercises, clangd the commands by which modules are compiled. What learners run keeps both as they should be;
//! this makes all of it at once.

use crate::{
    build::{
        database,
        module::{self, Warnings},
    },
    course::Course,
    exercises::{
        attempt::{Attempt, KBUILD},
        exercise::{Exercise, Side},
        learner::Learner,
        programs,
    },
    lessons::lesson,
    report::{spinner::Work, verdict},
    vm::{kernel::Kernel, kernels::DEFAULT},
};
use anyhow::{Context, Result};
use std::{fs, process::ExitCode};

/// The smallest module. Every exercise's is compiled as this one is.
const MODULE: &str = "// SPDX-License-Identifier: GPL-2.0\n#include <linux/module.h>\n\nMODULE_DESCRIPTION(\"An exercise\");\n\
                      MODULE_LICENSE(\"GPL\");\n";

/// Runs the command.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let (learner, kernel) = (Learner::of(&course), Kernel::find(DEFAULT)?);
    let mut code = ExitCode::SUCCESS;
    let mut work = Work::begin("make builds the modules");
    for slug in course.reading_order()?.iter().filter(|slug| course.module(slug).is_some()) {
        work.say(slug);
        // The reader may be in the middle of a change.
        if let Err(error) = lesson::modules(&course, &kernel, slug) {
            eprintln!("lab: {error:#}");
            code = verdict::exit_code_of(&error);
        }
    }
    drop(work);
    explain_exercises(&course, &learner, &kernel)?;
    let attempts: Vec<Attempt> = Exercise::chosen(&course, &[])?
        .iter()
        .map(|exercise| learner.attempt(exercise))
        // The check of a module can be read without the module.
        .filter(|attempt| attempt.exercise.side == Side::Kernel || attempt.file.exists())
        .collect();
    programs::write_package(&course, learner.folder(), &attempts)?;
    let (root, learn) = (course.root.display(), learner.folder().display());
    println!(
        "clangd and rust-analyzer know the course for Linux {}. Open {root}, or for exercises alone {learn}",
        kernel.name
    );
    Ok(code)
}

/// Tells clangd how the exercises in C are compiled, begun or not. It must know that of a file that does not compile, too.
pub fn explain_exercises(course: &Course, learner: &Learner, kernel: &Kernel) -> Result<()> {
    let folder = course.scratch().join("editor");
    let (source, build) = (folder.join("exercise"), folder.join(&kernel.name).join("exercise"));
    fs::create_dir_all(&source).with_context(|| format!("make {}", source.display()))?;
    fs::write(source.join("Kbuild"), KBUILD)?;
    fs::write(source.join("exercise.c"), MODULE)?;
    let built = module::build(kernel, &source, &course.headers(), &build, Warnings::Denied)?;
    let command = built.commands.first().context("kbuild has noted no command")?;
    let exercises = Exercise::chosen(course, &[])?;
    let files =
        exercises.iter().filter(|exercise| exercise.side == Side::Kernel).map(|exercise| learner.file(exercise));
    let commands: Vec<_> = files.map(|file| command.of_file(&file)).collect();
    fs::create_dir_all(learner.folder()).with_context(|| format!("make {}", learner.folder().display()))?;
    database::record(learner.folder(), &commands)?;
    Ok(())
}
