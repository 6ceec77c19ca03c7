//! An attempt at an exercise: a file, the program that checks it, and what comes of running the one on the other.

use crate::{
    cargo,
    course::Course,
    exercise::{Exercise, Side},
    guest::{Guest, Limits, Lost, without_marks},
    kernel::Kernel,
    lesson::load_stock,
    log,
    module::{self, Warnings},
    oops,
    template::Template,
    verdict::{self, Faulty},
};
use agent::Exit;
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a check, loading or unloading may take, and how much a check may print.
const LIMITS: Limits = Limits { time: Duration::from_secs(8), bytes: 64 << 10 };

/// How long a guest may be silent once something has run out of time. With [`LIMITS`] it bounds what a learner waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// The name of the module that `exercise.c` is built into.
const MODULE: &str = "exercise";

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

/// The programs of several attempts, built; each attempt finds its own.
pub struct Programs {
    /// The package that they are built in; modules are built below it.
    folder: PathBuf,
    programs: BTreeMap<String, Result<PathBuf>>,
    /// What the compiler warned of, if all could be built.
    pub warnings: String,
}

impl Attempt {
    /// The program that checks it. A module is no part of that, so all attempts at one share theirs.
    fn program(&self) -> String {
        let id = self.exercise.id.replace('/', "-");
        match self.exercise.side {
            Side::User => format!("{id}-{}", self.name),
            Side::Kernel => format!("{id}-module"),
        }
    }

    /// The program's main function.
    fn main(&self) -> String {
        let check = self.exercise.folder.join("check.rs");
        let module = |path: &Path, name: &str| format!("#[path = {path:?}]\nmod {name};\n");
        let exercise = match self.exercise.side {
            Side::User => module(&self.file, "exercise"),
            Side::Kernel => String::new(),
        };
        format!(
            "//! Written by `cargo lab`.\n\n{exercise}{}\nfn main() -> std::process::ExitCode {{\n    \
             check::judge(judgement::check)\n}}\n",
            module(&check, "judgement")
        )
    }

    /// Checks it in a fresh guest. What is wrong with it is its own fault ([`Faulty`]). Returns what the compiler warned of.
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
        let mut guest = template.clone_guest()?;
        guest.set_patience(PATIENCE);
        let stock: Vec<&str> = self.exercise.modules.iter().map(String::as_str).collect();
        load_stock(&mut guest, &template.kernel.modules(&stock)?)?;
        let checked = run(&mut guest, &program, module.as_deref());
        // A guest that falls silent after that was silenced by what ran in it.
        let settled = guest.settled_log().map_err(blame);
        let log = without_marks(&guest.log());
        log::keep(course, &self.exercise.id.replace('/', "-"), &template.kernel.name, &log)?;
        match self.explain(checked.and(settled.map(drop)), &log, module.as_deref()) {
            Err(error) if verdict::blames_the_lesson(&error) && !warnings.is_empty() => {
                Err(Faulty(format!("{error:#}\n\nThe compiler had warned:\n{warnings}")).into())
            }
            explained => explained.map(|()| warnings),
        }
    }

    /// Joins what the check says with what the kernel says: trouble in its log is a failure and comes first.
    fn explain(&self, checked: Result<()>, log: &str, module: Option<&Path>) -> Result<()> {
        let trouble = oops::summary(log);
        let said = match (checked, &trouble) {
            (Ok(()), None) => return Ok(()),
            (Err(error), None) if !verdict::blames_the_lesson(&error) => return Err(error),
            (Ok(()), Some(trouble)) => trouble.clone(),
            (Err(error), None) => format!("{error:#}"),
            (Err(error), Some(trouble)) => format!("{trouble}\n{error:#}"),
        };
        let evidence = if trouble.is_some() { log } else { &said };
        let place = module.and_then(|module| oops::place(evidence, module, &self.file));
        Err(Faulty(place.into_iter().fold(said, |said, place| format!("{said}\n{place}"))).into())
    }

    /// Builds the module in `scratch`; returns it and what the compiler warned of.
    fn build_module(&self, course: &Course, kernel: &Kernel, scratch: &Path) -> Result<(PathBuf, String)> {
        let name = format!("{}-{}", self.exercise.id.replace('/', "-"), self.name);
        let source = scratch.join(&name);
        fs::create_dir_all(&source).with_context(|| format!("make {}", source.display()))?;
        let text = fs::read(&self.file).with_context(|| format!("read {}", self.file.display()))?;
        fs::write(source.join("Kbuild"), format!("obj-m := {MODULE}.o\nccflags-y := -I$(CROSSINGS_INCLUDE)\n"))?;
        fs::write(source.join("exercise.c"), text)?;
        // The learner knows their own file.
        let theirs = |text: &str| {
            let folder = self.file.parent().unwrap_or(&self.file);
            text.replace(&source.display().to_string(), &folder.display().to_string())
        };
        let build = scratch.join(&kernel.name).join(&name);
        match module::build(kernel, &source, &course.headers(), &build, Warnings::Told) {
            Ok(built) => {
                let module = built.modules.into_iter().next().context("the build made no module")?;
                let warned: Vec<&str> = built.warnings.lines().filter(|line| !line.starts_with("make")).collect();
                Ok((module, theirs(warned.join("\n").trim())))
            }
            Err(error) if verdict::blames_the_lesson(&error) => bail!(Faulty(theirs(&format!("{error:#}")))),
            Err(error) => Err(error),
        }
    }
}

/// Loads the module if there is one, runs the program, and unloads the module.
fn run(guest: &mut Guest, program: &Path, module: Option<&Path>) -> Result<()> {
    guest.put_file("/root/check", 0o755, program)?;
    if let Some(module) = module {
        guest.put_file(&format!("/root/{MODULE}.ko"), 0o644, module)?;
        command(guest, &["/init", "insmod", &format!("/root/{MODULE}.ko")])?;
    }
    command(guest, &["/root/check"])?;
    match module {
        Some(_) => command(guest, &["/init", "rmmod", MODULE]),
        None => Ok(()),
    }
}

/// Whatever goes on in a guest is the doing of what runs there: that a command does not end, that no other can be started,
/// that nobody answers. Only a lost VM is not.
fn blame(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Lost>() { error } else { Faulty(format!("{error:#}")).into() }
}

/// Runs a command; one that fails is at fault, and what it wrote to standard error says why.
fn command(guest: &mut Guest, argv: &[&str]) -> Result<()> {
    let ended = guest.run(argv, LIMITS).map_err(blame)?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let what = if argv.len() > 1 { format!("{}: ", argv[1..].join(" ")) } else { String::new() };
    match ended.exit {
        _ if ended.flooded => bail!(Faulty(format!("it printed more than {} bytes and was killed", LIMITS.bytes))),
        Exit::Code(0) => Ok(()),
        _ if said.trim().is_empty() => bail!(Faulty(format!("{what}{}", ended.exit))),
        _ => bail!(Faulty(format!("{what}{}", said.trim()))),
    }
}

impl Programs {
    /// Builds the programs of all attempts in the package `folder`, at once or, if that fails, one by one to tell which
    /// of them is at fault.
    pub fn build(course: &Course, folder: &Path, attempts: &[Attempt]) -> Result<Self> {
        let mains: BTreeMap<String, String> =
            attempts.iter().map(|attempt| (attempt.program(), attempt.main())).collect();
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        // Two runs may want the same package: cargo must not see it half written.
        let lock = File::open(folder)?;
        lock.lock().with_context(|| format!("lock {}", folder.display()))?;
        write_package(course, folder, &mains)?;
        let target = course.root.join("target");
        let names: Vec<String> = mains.into_keys().collect();
        let all = cargo::build_programs(folder, &names, &target);
        let one = |name: &String| -> Result<PathBuf> {
            let mut built = match &all {
                Ok((all, _)) => all.clone(),
                Err(error) if names.len() == 1 => return Err(verdict::repeat(error)),
                Err(_) => cargo::build_programs(folder, std::slice::from_ref(name), &target)?.0,
            };
            built.remove(name).with_context(|| format!("cargo built no {name}"))
        };
        let programs = names.iter().map(|name| (name.clone(), one(name))).collect();
        Ok(Programs {
            folder: folder.to_path_buf(),
            programs,
            warnings: all.map(|(_, warnings)| warnings).unwrap_or_default(),
        })
    }

    fn of(&self, attempt: &Attempt) -> Result<PathBuf> {
        match self.programs.get(&attempt.program()).context("the program that checks it was not built")? {
            Ok(path) => Ok(path.clone()),
            Err(error) => Err(verdict::repeat(error)),
        }
    }
}

/// Writes a package with these programs. It may use what the crate `check` uses, in the versions that the course has
/// locked.
fn write_package(course: &Course, folder: &Path, mains: &BTreeMap<String, String>) -> Result<()> {
    let mut manifest: toml::Table = read(&course.check_crate().join("Cargo.toml"))?.parse()?;
    let mut dependencies = table(&mut manifest, "dependencies")?;
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(path) = dependency.get_mut("path") {
            let relative = path.as_str().context("a dependency's path")?;
            *path = course.check_crate().join(relative).canonicalize()?.display().to_string().into();
        }
    }
    let check = toml::Table::from_iter([("path".to_string(), course.check_crate().display().to_string().into())]);
    dependencies.insert("check".into(), check.into());
    let profiles = table(&mut read(&course.root.join("Cargo.toml"))?.parse()?, "profile")?;
    let package = [("name", "exercises"), ("version", "0.1.0"), ("edition", "2024")];
    let package = package.map(|(key, value)| (key.to_string(), toml::Value::from(value)));
    let manifest = toml::Table::from_iter(
        [
            ("package", toml::Table::from_iter(package)),
            ("workspace", toml::Table::new()),
            ("dependencies", dependencies),
            ("profile", toml::Table::from_iter([("guest".to_string(), profiles["guest"].clone())])),
        ]
        .map(|(key, value)| (key.to_string(), toml::Value::from(value))),
    );
    let programs = folder.join("src/bin");
    fs::create_dir_all(&programs).with_context(|| format!("make {}", programs.display()))?;
    for entry in fs::read_dir(&programs)?.filter_map(Result::ok).filter(|entry| is_stale(&entry.path())) {
        fs::remove_file(entry.path())?;
    }
    write(&folder.join("Cargo.toml"), &toml::to_string(&manifest)?)?;
    fs::copy(course.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    mains.iter().try_for_each(|(name, text)| write(&programs.join(name).with_extension("rs"), text))
}

/// Whether a program is of an exercise that is no more: cargo would look for its check in vain.
fn is_stale(program: &Path) -> bool {
    let text = fs::read_to_string(program).unwrap_or_default();
    let mut sources = text.lines().filter_map(|line| line.strip_prefix("#[path = \"")?.strip_suffix("\"]"));
    sources.any(|source| !Path::new(source).exists())
}

fn table(manifest: &mut toml::Table, name: &str) -> Result<toml::Table> {
    match manifest.remove(name) {
        Some(toml::Value::Table(table)) => Ok(table),
        _ => bail!("there is no table [{name}]"),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// Writes a file unless it is as it should be already, so that cargo finds nothing new.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}
