//! One lesson, built for one kernel: its programs, its modules, and what it needs of the host.

use crate::{
    build::{
        database,
        manifest::Manifest,
        module::{self, Warnings},
        place,
    },
    cache_key::CacheKey,
    course::{Course, package},
    report::verdict::Fault,
    vm::{
        console,
        guest::{Ended, Guest, Limits},
        kernel::Kernel,
        kernels::{DEFAULT, IN_BOOK},
    },
};
use agent::Exit;
use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// How long a module may take to load or to unload.
const MODULE: Limits = Limits { time: Duration::from_secs(10), bytes: 64 << 10 };

/// How much of the kernel's log a failure shows.
const EXCERPT_LINES: usize = 40;

/// A lesson that was built for one kernel. It holds what was built: where that stood, the next build puts another.
#[derive(Clone)]
pub struct Lesson {
    /// Its name.
    pub slug: String,
    programs: BTreeMap<String, Vec<u8>>,
    modules: Vec<(PathBuf, Vec<u8>)>,
    /// The folder of the modules' sources, if it has any.
    sources: Option<PathBuf>,
    /// Holds modules and sources that are nobody else's.
    aside: Option<Arc<TempDir>>,
    stock_modules: Vec<PathBuf>,
    manifest: Manifest,
    /// Whether it was built for a kernel that every reader has.
    is_in_book: bool,
    /// What its kernel reports of it on purpose.
    reports: Vec<String>,
}

/// Builds the programs of one lesson; returns each by its name.
pub type Programs = BTreeMap<String, PathBuf>;

impl Lesson {
    /// Builds the module of `slug` for `kernel`, if it has one, and joins it with the programs.
    pub fn build(course: &Course, kernel: &Kernel, slug: &str, programs: &Programs) -> Result<Self> {
        let modules = held(modules(course, kernel, slug)?)?;
        let mut lesson = Lesson {
            slug: slug.to_string(),
            programs: BTreeMap::new(),
            modules,
            sources: course.module(slug),
            aside: None,
            stock_modules: Vec::new(),
            manifest: Manifest::default(),
            is_in_book: IN_BOOK.contains(&kernel.name.as_str()),
            reports: Vec::new(),
        };
        lesson.take_programs(programs, &course.lesson(slug), kernel)?;
        Ok(lesson)
    }

    /// Takes programs, in place of those of the same names, and what the crate in `folder` says that it needs.
    pub fn take_programs(&mut self, programs: &Programs, folder: &Path, kernel: &Kernel) -> Result<()> {
        for (name, path) in programs {
            self.programs.insert(name.clone(), read(path)?);
        }
        self.manifest = Manifest::of(folder)?;
        let if_any = self.manifest.modules_if_any.iter().filter(|name| kernel.modules(&[name]).is_ok());
        let names: Vec<&str> = if_any.chain(&self.manifest.modules).map(String::as_str).collect();
        self.stock_modules = kernel.modules(&names)?;
        let reports = self.manifest.reports.iter().filter(|(option, _)| kernel.has(option));
        self.reports = reports.map(|(_, words)| words.clone()).collect();
        Ok(())
    }

    /// Takes modules in place of its own, and copies of their `sources`: another build may change both while a report of the kernel's
    /// is put into words.
    pub fn take_modules(&mut self, modules: Vec<PathBuf>, sources: &Path) -> Result<()> {
        let aside = tempfile::tempdir().context("make a folder for modules")?;
        for file in modules.iter().cloned().chain(files(sources)?) {
            let name = file.file_name().context("a file's name")?;
            fs::copy(&file, aside.path().join(name)).with_context(|| format!("copy {}", file.display()))?;
        }
        let names = modules.iter().filter_map(|path| path.file_name()).map(|name| aside.path().join(name));
        self.modules = held(names.collect())?;
        self.sources = Some(aside.path().to_path_buf());
        self.aside = Some(Arc::new(aside));
        Ok(())
    }

    /// Whether the lesson has a module of its own.
    pub fn has_module(&self) -> bool {
        !self.modules.is_empty()
    }

    /// What stands in `/root` of the guest: the lesson's program, its modules, and those of the stock kernel that it needs.
    /// Each with its name and permission bits.
    pub fn files(&self) -> Result<Vec<(String, u32, Vec<u8>)>> {
        let mut files = vec![(self.slug.clone(), 0o755, self.program(&package(&self.slug, '-'))?.clone())];
        for (module, bytes) in &self.modules {
            files.push((name(module)?, 0o644, bytes.clone()));
        }
        for module in &self.stock_modules {
            files.push((name(module)?, 0o644, read(module)?));
        }
        Ok(files)
    }

    /// The parts of its output that its kernel decides, by their titles: they are not compared.
    pub fn open_parts(&self) -> &[String] {
        if self.is_in_book { &[] } else { &self.manifest.varies }
    }

    /// What its kernel reports of it on purpose: words of each report.
    pub fn reports(&self) -> &[String] {
        &self.reports
    }

    /// The programs of the host that it needs.
    pub fn programs_of_host(&self) -> &[String] {
        &self.manifest.programs
    }

    /// The names of the files of stock modules, in the order in which they are loaded.
    pub fn stock(&self) -> Result<Vec<String>> {
        self.stock_modules.iter().map(|module| name(module)).collect()
    }

    /// Puts the lesson's program, its modules and what it needs of the host into the guest.
    pub fn install(&self, guest: &mut Guest) -> Result<()> {
        self.install_program(guest, &package(&self.slug, '-'), &self.slug)?;
        for (module, bytes) in &self.modules {
            guest.put(&in_root(module)?, 0o644, bytes.clone())?;
        }
        load_stock(guest, &self.stock_modules)?;
        for (path, file) in self.manifest.files()? {
            guest.put_file(&path, 0o755, &file)?;
        }
        Ok(())
    }

    /// Puts one of the lesson's programs into `/root`. A lesson without it is at fault.
    pub fn install_program(&self, guest: &mut Guest, program: &str, name: &str) -> Result<()> {
        guest.put(&format!("/root/{name}"), 0o755, self.program(program)?.clone())
    }

    fn program(&self, name: &str) -> Result<&Vec<u8>> {
        let fault = || Fault(format!("lessons/{} has no program {name}", self.slug));
        Ok(self.programs.get(name).ok_or_else(fault)?)
    }

    /// The line of its modules' sources that a report in the kernel's log names, if any is named.
    pub fn place(&self, log: &str) -> Option<String> {
        let folder = self.sources.as_ref()?;
        let place = self.modules.iter().find_map(|(module, _)| place::in_folder(log, module, folder));
        place.map(|place| place.to_string())
    }

    /// Loads the lesson's module, if it has one.
    pub fn load(&self, guest: &mut Guest) -> Result<()> {
        match self.has_module() {
            true => self.insmod(guest, &package(&self.slug, '_')),
            false => Ok(()),
        }
    }

    /// Loads one of the lesson's modules by name.
    pub fn insmod(&self, guest: &mut Guest, module: &str) -> Result<()> {
        insmod(guest, &format!("/root/{module}.ko"))
    }

    /// Unloads the lesson's module, if it has one.
    pub fn unload(&self, guest: &mut Guest) -> Result<()> {
        match self.has_module() {
            true => rmmod(guest, &package(&self.slug, '_')),
            false => Ok(()),
        }
    }
}

/// Builds the modules of a lesson, if it has any, and tells editors how: for the default kernel.
pub fn modules(course: &Course, kernel: &Kernel, slug: &str) -> Result<Vec<PathBuf>> {
    let Some(source) = course.module(slug) else { return Ok(Vec::new()) };
    let build = course.module_build(&kernel.name, slug);
    let built = module::build(kernel, &source, &course.headers(), &build, Warnings::Denied)?;
    if kernel.name == DEFAULT {
        database::record(&course.root, &built.commands)?;
    }
    Ok(built.modules)
}

/// Modules, and what they hold now.
fn held(modules: Vec<PathBuf>) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    modules.into_iter().map(|path| read(&path).map(|bytes| (path, bytes))).collect()
}

/// The files in a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// Where a file of the host stands in the guest.
fn in_root(path: &Path) -> Result<String> {
    Ok(format!("/root/{}", name(path)?))
}

fn name(path: &Path) -> Result<String> {
    Ok(path.file_name().and_then(|name| name.to_str()).context("a file's name")?.to_string())
}

/// Puts modules of the stock kernel into the guest and loads them, in this order.
pub fn load_stock(guest: &mut Guest, modules: &[PathBuf]) -> Result<()> {
    for module in modules {
        let path = in_root(module)?;
        guest.put_file(&path, 0o644, module)?;
        insmod(guest, &path)?;
    }
    Ok(())
}

/// The same for those that the guest has not, each once: some are there since the boot, and two may need the same one.
pub fn load_missing(guest: &mut Guest, mut modules: Vec<PathBuf>) -> Result<()> {
    let listed = guest.run(&["/bin/ls", "/sys/module"], MODULE)?;
    let mut there: BTreeSet<String> =
        String::from_utf8_lossy(&listed.stdout).split_whitespace().map(str::to_string).collect();
    modules.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
        name.is_some_and(|name| there.insert(name.replace('-', "_")))
    });
    load_stock(guest, &modules)
}

/// Loads a module that stands in the guest: the agent is insmod(8), too. A module that refuses is at fault.
pub fn insmod(guest: &mut Guest, path: &str) -> Result<()> {
    guest_command(guest, &[agent::PROGRAM, "insmod", path])
}

/// Unloads a module by its name, as rmmod(8) does.
pub fn rmmod(guest: &mut Guest, name: &str) -> Result<()> {
    guest_command(guest, &[agent::PROGRAM, "rmmod", name])
}

/// Runs a command that has nothing to say unless it fails.
fn guest_command(guest: &mut Guest, argv: &[&str]) -> Result<()> {
    let Ended { exit, stderr, .. } = guest.run(argv, MODULE)?;
    if exit == Exit::Code(0) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&stderr);
    let why = if said.trim().is_empty() { exit.to_string() } else { said.trim().to_string() };
    Err(Fault(format!("{} failed: {why}", argv[1..].join(" "))).into())
}

/// The part of a kernel log that reports trouble.
pub fn excerpt(log: &str) -> Option<String> {
    excerpt_but(log, &[])
}

/// The same of a log that has these reports on purpose.
pub fn excerpt_but(log: &str, reports: &[String]) -> Option<String> {
    let first = console::troubles(log).find(|line| !reports.iter().any(|words| console::says(line, words)))?;
    let lines: Vec<&str> = log.lines().map(console::message).skip_while(|line| *line != first).collect();
    let mut text = lines[..lines.len().min(EXCERPT_LINES)].join("\n");
    if lines.len() > EXCERPT_LINES {
        text += "\n… `cargo lab log` shows the rest";
    }
    Some(text)
}

/// The key of everything that a lesson's output depends on: its sources and those it shares, those of its module, the
/// kernel, and this tool, which cargo builds anew whenever the compiler or the agent changes.
pub fn key(course: &Course, slug: &str, kernel: &Kernel) -> Result<String> {
    let mut key = CacheKey::default()
        .folder(&course.lesson(slug))?
        .file(&course.root.join("Cargo.toml"))?
        .file(&course.root.join("Cargo.lock"))?
        .identity(&kernel.image())?
        .this_program()?;
    if let Some(shared) = course.shared() {
        key = key.folder(&shared)?;
    }
    if let Some(module) = course.module(slug) {
        key = key.folder(&module)?.folder(&course.headers())?;
    }
    Ok(key.finish())
}
