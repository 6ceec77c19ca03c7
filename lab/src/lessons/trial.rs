//! `cargo lab try`: somebody else's out-of-tree module, built, loaded, and unloaded in a fresh guest.

use crate::{
    build::{
        self, database,
        module::{self, Warnings},
    },
    course::Course,
    lessons::lesson::{excerpt, insmod, rmmod},
    report::verdict::{self, Fault, Mistake},
    vm::{
        console,
        guest::Guest,
        kernel::{DEFAULT, KERNELS, Kernel},
    },
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What to try.
#[derive(clap::Args)]
pub struct Options {
    /// Folder of the module, with a Makefile or Kbuild that sets obj-m; gets a compile_commands.json, for editors
    folder: PathBuf,
    /// Kernel to build for and run on
    #[arg(long, value_name = "K", default_value = DEFAULT, value_parser = KERNELS)]
    kernel: String,
}

/// Runs the command: one line a step; what comes after a failed step is not tried.
pub fn command(options: &Options) -> Result<ExitCode> {
    let Options { folder, kernel } = options;
    if !folder.is_dir() {
        bail!(Mistake(format!("{} is not a folder", folder.display())));
    }
    let has_makefile = ["Kbuild", "Makefile"].iter().any(|name| folder.join(name).is_file());
    if !has_makefile {
        let folder = folder.display();
        bail!(Mistake(format!("{folder} has no Makefile and no Kbuild: one of them must say `obj-m := NAME.o`")));
    }
    let course = Course::find()?;
    let kernel = Kernel::find(kernel)?;
    println!("{} on Linux {}", folder.display(), kernel.release);

    let modules = match step("build", build(&course, &kernel, folder)) {
        Ok(modules) => modules,
        Err(code) => return Ok(code),
    };
    let template = build::template(&kernel.name)?;
    let mut guest = template.clone_guest()?;
    let tried = in_guest(&template.kernel, &mut guest, &modules);
    crate::lessons::log::keep(
        &course,
        "try",
        &template.kernel.name,
        &guest.settled_log().unwrap_or_else(|_| guest.log()),
    )?;
    Ok(match tried {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => code,
    })
}

/// Tells how a step went; an error becomes the exit code.
fn step<T>(name: &str, result: Result<T>) -> Result<T, ExitCode> {
    match &result {
        Ok(_) => println!("  {name:8} ok"),
        Err(error) => {
            println!("  {name:8} FAILED");
            format!("{error:#}").lines().for_each(|line| println!("           {line}"));
        }
    }
    result.map_err(|error| verdict::exit_code_of(&error))
}

fn build(course: &Course, kernel: &Kernel, folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.canonicalize().with_context(|| format!("find {}", folder.display()))?;
    let name = folder.file_name().and_then(|name| name.to_str()).context("the folder's name")?;
    let build = course.scratch().join("try").join(&kernel.name).join(name);
    let built = module::build(kernel, &folder, &course.headers(), &build, Warnings::Reported)?;
    built.warnings.lines().filter(|line| line.contains("arning")).for_each(|line| println!("  {line}"));
    // Whoever may not write there can try it all the same.
    if let Err(error) = database::record(&database::home(course, &folder), &built.commands) {
        eprintln!("lab: editors cannot be told how it is compiled: {error:#}");
    }
    ensure!(!built.modules.is_empty(), Fault("the build made no module: does obj-m name one?".into()));
    Ok(built.modules)
}

fn in_guest(kernel: &Kernel, guest: &mut Guest, modules: &[PathBuf]) -> Result<(), ExitCode> {
    let before = guest.log().len();
    let loaded = load(kernel, guest, modules);
    let said = guest.settled_log().unwrap_or_else(|_| guest.log());
    let loaded = step("load", loaded);
    println!("  log");
    said[before.min(said.len())..].lines().map(console::message).for_each(|line| println!("           {line}"));
    let loaded = loaded?;
    let unloaded = loaded.iter().rev().try_for_each(|name| rmmod(guest, name));
    let said_at_the_end = guest.settled_log().unwrap_or_else(|_| guest.log());
    let unloaded = step("unload", unloaded);
    said_at_the_end[said.len().min(said_at_the_end.len())..]
        .lines()
        .map(console::message)
        .for_each(|line| println!("           {line}"));
    unloaded?;
    let clean = match excerpt(&said_at_the_end) {
        None => Ok(()),
        Some(excerpt) => Err(Fault(excerpt).into()),
    };
    step("clean", clean)
}

/// Loads all modules and the stock ones that they depend on; returns their names in the order of loading.
fn load(kernel: &Kernel, guest: &mut Guest, modules: &[PathBuf]) -> Result<Vec<String>> {
    let mut waiting: Vec<(String, Vec<u8>)> = modules
        .iter()
        .map(|path| Ok((stem(path)?, fs::read(path).with_context(|| format!("read {}", path.display()))?)))
        .collect::<Result<_>>()?;
    let ours: Vec<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
    let mut loaded = Vec::new();
    for (_, bytes) in &waiting {
        let needs = needs(bytes);
        let stock: Vec<&str> =
            needs.iter().map(String::as_str).filter(|name| !ours.contains(&name.replace('-', "_"))).collect();
        for path in kernel.modules(&stock).map_err(|error| Fault(format!("{error:#}")))? {
            let name = path.file_name().and_then(|name| name.to_str()).context("a module's file name")?.to_string();
            guest.put(&format!("/root/{name}"), 0o644, fs::read(&path)?)?;
            // Two modules may need the same one; the second time it is there already.
            let _ = insmod(guest, &format!("/root/{name}"));
        }
    }
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, bytes)| {
            needs(bytes)
                .iter()
                .map(|name| name.replace('-', "_"))
                .all(|name| !ours.contains(&name) || loaded.contains(&name))
        });
        let (name, bytes) = waiting.remove(ready.context("the modules depend on each other in a circle")?);
        guest.put(&format!("/root/{name}.ko"), 0o644, bytes)?;
        insmod(guest, &format!("/root/{name}.ko"))?;
        loaded.push(name);
    }
    Ok(loaded)
}

/// A module's name: that of its file, with underscores, as the kernel has it.
fn stem(path: &Path) -> Result<String> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).context("a module's file name")?;
    Ok(stem.replace('-', "_"))
}

/// The modules that a module depends on: its `.modinfo` section holds NUL-terminated `key=value` strings.
fn needs(module: &[u8]) -> Vec<String> {
    let strings = module.split(|byte| *byte == 0).filter_map(|bytes| std::str::from_utf8(bytes).ok());
    let depends = strings.filter_map(|string| string.strip_prefix("depends=")).next().unwrap_or_default();
    depends.split(',').filter(|name| !name.is_empty()).map(str::to_string).collect()
}
