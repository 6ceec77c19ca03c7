//! `cargo lab try`: somebody's own modules, built as their author builds them, loaded, used and unloaded in a fresh guest.

mod build;
pub mod check;
mod faults;
mod guest;
mod hostile;
mod left;
mod module;
mod options;
mod prepare;
mod steps;

use crate::{
    build::{self as lab, commands, database},
    course::Course,
    lessons::log,
    report::{
        Report,
        verdict::{self, Mistake},
    },
    vm::{emulator::qemu::Hardware, guest::without_marks, kernel::Kernel, kernels, template::Template},
    watch::Changes,
};
use agent::Exit;
use anyhow::{Context, Result, bail};
use build::{
    make::{self, Built},
    sources::{self, Sources},
    tree::Tree,
};
use guest::Trial;
use module::Module;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};
use steps::{Ended, Steps};

pub use options::{Command, Options};

/// Runs the command: one line a step; what comes after a failed step is not tried.
pub fn command(Command { kernels, options }: &Command) -> Result<ExitCode> {
    let wanted = Wanted::of(&options.modules)?;
    repeat(options, &wanted, || {
        let (reports, exit) = on_all(kernels, options, &wanted)?;
        options.style.machine_readable(&reports);
        Ok(exit_code(&reports, exit))
    })
}

/// Does something once or, if that is wanted, whenever something is saved.
fn repeat(options: &Options, wanted: &Wanted, once: impl Fn() -> Result<ExitCode>) -> Result<ExitCode> {
    if !options.watch {
        return once();
    }
    let paths: Vec<PathBuf> = wanted.folders.iter().chain(&wanted.ready).cloned().collect();
    let changes = Changes::of(&paths)?;
    let saved = changes.listener();
    loop {
        match once() {
            Ok(_) => {}
            Err(error) if verdict::is_mistake(&error) => return Err(error),
            Err(error) => eprintln!("lab: {error:#}"),
        }
        eprintln!("lab: waiting for a save; Ctrl-C ends this");
        saved.wait();
    }
}

/// What the command line names.
struct Wanted {
    /// Folders to build.
    folders: Vec<PathBuf>,
    /// Modules that are built already.
    ready: Vec<PathBuf>,
}

impl Wanted {
    fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut wanted = Wanted { folders: Vec::new(), ready: Vec::new() };
        for path in paths {
            let is_ready = |path: &Path| path.is_file() && path.extension() == Some(OsStr::new("ko"));
            let Ok(found) = path.canonicalize() else { bail!(Mistake(format!("{} is not there", path.display()))) };
            if is_ready(&found) {
                wanted.ready.push(found);
            } else if !found.is_dir() {
                bail!(Mistake(format!("{} is not a folder, nor a module (NAME.ko)", path.display())));
            } else if sources::has_makefile(&found) {
                wanted.folders.push(found);
            } else {
                let entries = fs::read_dir(&found).with_context(|| format!("read {}", path.display()))?.flatten();
                let entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
                let ready: Vec<PathBuf> = entries.iter().filter(|path| is_ready(path)).cloned().collect();
                if ready.is_empty() {
                    bail!(Mistake(without_makefile(path, &entries)));
                }
                wanted.ready.extend(ready);
            }
        }
        Ok(wanted)
    }
}

/// What is said of a folder that has no Makefile; one below it may.
fn without_makefile(folder: &Path, entries: &[PathBuf]) -> String {
    let below = entries.iter().find(|path| sources::has_makefile(path)).and_then(|path| path.file_name());
    let hint = match below {
        Some(below) => format!("{} does: `cargo lab try {}`", Path::new(below).display(), folder.join(below).display()),
        None => "a Kbuild with the line `obj-m := NAME.o` is enough".to_string(),
    };
    format!("{} has no Makefile, no Kbuild and no dkms.conf; {hint}", folder.display())
}

/// Tries it on all these kernels. Returns what came of each step, and how the user's program ended.
fn on_all(kernels: &[String], options: &Options, wanted: &Wanted) -> Result<(Vec<Report>, Option<Exit>)> {
    let (mut reports, mut exit) = (Vec::new(), None);
    for name in kernels::chosen(kernels) {
        let kernel = Kernel::find(&name)?;
        let mut steps = Steps::on(&options.style, &kernel.name, &kernel.release);
        if options.style.is_for_people() {
            let paths: Vec<String> = options.modules.iter().map(|path| path.display().to_string()).collect();
            println!("{} on Linux {}", paths.join(" "), kernel.release);
        }
        let ended = on(&kernel, options, wanted, &mut steps)?;
        exit = exit.or(ended.filter(|exit| *exit != Exit::Code(0)));
        reports.extend(steps.reports);
    }
    Ok((reports, exit))
}

/// A program's own exit code says more than that it failed; what else has failed is the module's fault.
fn exit_code(reports: &[Report], exit: Option<Exit>) -> ExitCode {
    let others = reports.iter().filter(|report| report.name != "run" || exit.is_none());
    let verdicts: Vec<_> = others.map(|report| &report.verdict).collect();
    match exit {
        Some(exit) if verdicts.iter().all(|verdict| **verdict == verdict::Verdict::Passed) => {
            ExitCode::from(match exit {
                Exit::Code(code) => code as u8,
                Exit::Signal(signal) => 128 + signal as u8,
            })
        }
        _ => verdict::exit_code(verdicts),
    }
}

/// Tries it on one kernel; returns how the user's program ended.
fn on(kernel: &Kernel, options: &Options, wanted: &Wanted, steps: &mut Steps) -> Result<Option<Exit>> {
    let built = build(kernel, options, wanted);
    let (warnings, built) = match built {
        Ok((tree, modules, warnings)) => (warnings, Ok((tree, modules))),
        Err(error) => (String::new(), Err(error)),
    };
    let built = steps.take("build", built)?;
    steps.say(&warnings);
    // The copy is held for as long as it is asked for lines of the source: another run might delete it.
    let Ok((_tree, modules)) = built else { return Ok(None) };
    let hardware = options.machine.hardware();
    let is_usual = hardware == Hardware::default();
    let template = if is_usual {
        lab::template(&kernel.name)?
    } else {
        Template::unbooted(kernel.clone(), &lab::cargo::agent()?)?
    };
    steps.on[2] = template.choice.accelerator.to_string();
    let mut guest = if is_usual { template.clone_guest()? } else { template.boot_with(&hardware)? };
    let mut trial =
        Trial { kernel, guest: &mut guest, modules: &modules, options, limits: guest::LIMITS, told: 0, exit: None };
    let tried = trial.all(steps);
    let exit = trial.exit;
    let log = guest.settled_log().unwrap_or_else(|_| without_marks(&guest.log()));
    log::keep_of_own("try", &kernel.name, &log)?;
    match tried? {
        Ok(()) | Err(Ended) => Ok(exit),
    }
}

/// Builds what is to be built; returns the copy, the modules in the order of loading, and what was warned of.
fn build(kernel: &Kernel, options: &Options, wanted: &Wanted) -> Result<(Tree, Vec<Module>, String)> {
    let folders: Vec<String> = wanted.folders.iter().map(|folder| folder.display().to_string()).collect();
    let ready: Vec<String> = wanted.ready.iter().map(|module| module.display().to_string()).collect();
    let parts = [&kernel.release, "make", &options.variables.join("\n"), &folders.join("\n"), &ready.join("\n")];
    let tree = Tree::open(&parts)?;
    let mut built = Built { modules: Vec::new(), warnings: String::new() };
    if !wanted.folders.is_empty() {
        let sources = Sources::of(&wanted.folders)?;
        tree.update(&sources)?;
        built = make::build(kernel, &tree, &sources, &wanted.folders, &options.variables)?;
        wanted.folders.iter().try_for_each(|folder| tell_editors(kernel, &tree, folder, options.editor))?;
    }
    let place = tree.folder.join("modules");
    let mut modules = Vec::new();
    for file in built.modules.iter().chain(&wanted.ready) {
        let theirs = PathBuf::from(tree.theirs(&file.display().to_string()));
        let folder = wanted.folders.iter().find(|folder| theirs.starts_with(folder));
        let source = folder.map(PathBuf::as_path).or(theirs.parent()).unwrap_or(&theirs);
        modules.push(Module::of(file, &place, source)?);
    }
    modules.iter().try_for_each(|module| module.must_fit(kernel))?;
    module::give(&mut modules, &options.parameters)?;
    let modules = module::in_order(modules, &options.order)?;
    Ok((tree, modules, built.warnings))
}

/// Tells editors how a folder's sources are compiled, where they look for it, if they are told already or `wanted`.
fn tell_editors(kernel: &Kernel, tree: &Tree, folder: &Path, wanted: bool) -> Result<()> {
    let home = Course::find().map_or_else(|_| folder.to_path_buf(), |course| database::home(&course, folder));
    if wanted || home.join(database::NAME).exists() {
        let include = folder.with_file_name("include");
        let commands = commands::of(kernel, folder, &include, &tree.copy_of(folder))?;
        // Whoever may not write there can try it all the same.
        if let Err(error) = database::record(&home, &commands) {
            eprintln!("lab: editors cannot be told how it is compiled: {error:#}");
        }
    }
    Ok(())
}
