//! What a cell asks of the host, carried out.

use crate::{
    course::Course,
    exercises::{
        learner::Learner,
        verify::{self, Checker},
    },
    notebooks::{
        relay::modules::{Modules, Own},
        source,
    },
    report::verdict,
    vm::{guest::Guest, kernel::Kernel},
};
use anyhow::{Context, Result};
use lab_notebook::request::{Reply, Request, Source};
use std::path::Path;

/// Carries out a request, in JSON, and returns the reply, in JSON: what goes wrong is the cell's to handle. Fails only when the
/// request is none.
pub fn answer(
    course: &Course,
    kernel: &Kernel,
    guest: &mut Guest,
    modules: &mut Modules,
    request: &str,
) -> Result<String> {
    let reply = match serde_json::from_str(request).context("read the cell's request")? {
        Request::Build(source) => build(course, kernel, guest, modules, &source),
        Request::Verify(id) => verify(course, &id).map(|said| vec![said]),
    };
    let reply: Reply = reply.map_err(|error| format!("{error:#}"));
    Ok(serde_json::to_string(&reply)?)
}

/// Builds a module and puts it into the guest; returns the names of the modules to load.
fn build(
    course: &Course,
    kernel: &Kernel,
    guest: &mut Guest,
    modules: &mut Modules,
    source: &Source,
) -> Result<Vec<String>> {
    let built = source::build(course, kernel, source)?;
    let names: Vec<String> = built.modules.iter().map(|path| put_module(guest, path)).collect::<Result<_>>()?;
    if let (Some(name), Some(module)) = (names.last(), built.modules.last()) {
        modules.built(name, Own { module: module.clone(), sources: built.sources });
    }
    Ok(names)
}

/// Puts a module into `/root`, and returns its name.
fn put_module(guest: &mut Guest, path: &Path) -> Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str()).context("a module's name")?.to_string();
    guest.put_file(&format!("/root/{name}.ko"), 0o644, path)?;
    Ok(name)
}

/// Checks the learner's copy of an exercise, in a guest of its own; returns why it works, or what is wrong with it. Fails when
/// nobody can tell.
fn verify(course: &Course, id: &str) -> Result<String> {
    let learner = Learner::of(course);
    let exercise = verify::one(course, &learner, Some(id))?;
    let attempt = learner.begin(&exercise)?;
    match Checker::new(course)?.check(&learner, &attempt, &()) {
        Ok(_) => Ok(format!("{} passes. {}\n", exercise.id, exercise.explanation)),
        Err(error) if verdict::is_fault(&error) => {
            Ok(format!("{} does not pass yet: {error:#}\nYour copy is {}\n", exercise.id, attempt.file.display()))
        }
        Err(error) => Err(error),
    }
}
