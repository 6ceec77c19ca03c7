//! The programs that check attempts: a package of them is written, and built for the guest.

use crate::{build::cargo, cache_key::CacheKey, course::Course, exercises::attempt::Attempt, report::verdict};
use anyhow::{Context, Result, bail, ensure};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// The programs of several attempts, built; each attempt finds its own.
pub struct Programs {
    /// The package that they are built in; modules are built below it.
    pub folder: PathBuf,
    programs: BTreeMap<String, Result<Program>>,
    /// What the compiler warned of, if all could be built.
    pub warnings: String,
}

/// A program that checks an attempt.
#[derive(Debug, Clone)]
pub struct Program {
    /// With what says which address is in which line.
    pub whole: PathBuf,
    /// Without: it crosses into a guest's memory in a fraction of the time.
    pub stripped: PathBuf,
}

impl Programs {
    /// Builds the programs of all attempts in the package `folder`, at once or, if that fails, one by one to tell which
    /// of them is at fault.
    pub fn build(course: &Course, folder: &Path, attempts: &[Attempt]) -> Result<Self> {
        alone(course, folder, attempts, |names, target| {
            let all = cargo::build_programs(folder, names, target);
            let one = |name: &String| -> Result<Program> {
                let mut built = match &all {
                    Ok((all, _)) => all.clone(),
                    Err(error) if names.len() == 1 => return Err(verdict::repeat(error)),
                    Err(_) => cargo::build_programs(folder, std::slice::from_ref(name), target)?.0,
                };
                aside(&built.remove(name).with_context(|| format!("cargo built no {name}"))?, folder)
            };
            let programs = names.iter().map(|name| (name.clone(), one(name))).collect();
            Ok(Programs {
                folder: folder.to_path_buf(),
                programs,
                warnings: all.map(|(_, warnings)| warnings).unwrap_or_default(),
            })
        })
    }

    /// Builds those programs that can be built. Nobody is told why the others cannot.
    pub fn build_those_that_can(course: &Course, folder: &Path, attempts: &[Attempt]) -> Result<Self> {
        alone(course, folder, attempts, |names, target| {
            let built = cargo::build_those_that_can(folder, names, target)?;
            let programs = built.into_iter().map(|(name, program)| (name, aside(&program, folder)));
            Ok(Programs { folder: folder.to_path_buf(), programs: programs.collect(), warnings: String::new() })
        })
    }

    /// The program that checks an attempt. Fails as its build did.
    pub fn of(&self, attempt: &Attempt) -> Result<Program> {
        match self.programs.get(&attempt.program()).context("the program that checks it was not built")? {
            Ok(program) => Ok(program.clone()),
            Err(error) => Err(verdict::repeat(error)),
        }
    }
}

/// Has a package of the attempts' programs built, while nobody else builds one. `build` is given their names, and the folder
/// to build in.
fn alone<T>(
    course: &Course,
    folder: &Path,
    attempts: &[Attempt],
    build: impl FnOnce(&[String], &Path) -> Result<T>,
) -> Result<T> {
    let (_lock, names) = write_package(course, folder, attempts)?;
    let target = course.root.join("target");
    // All packages of attempts are built in one place, where programs of one name replace each other: until each has been
    // put aside, nobody else builds.
    fs::create_dir_all(&target).with_context(|| format!("make {}", target.display()))?;
    let others = File::open(&target).with_context(|| format!("open {}", target.display()))?;
    others.lock().with_context(|| format!("lock {}", target.display()))?;
    build(&names, &target)
}

/// Puts a program into the folder of its package, under its own name.
fn aside(program: &Path, folder: &Path) -> Result<Program> {
    let whole = folder.join(".programs").join(program.file_name().context("a program's name")?);
    fs::create_dir_all(whole.parent().context("a program's folder")?)?;
    // A guest may be reading the one of the run before.
    let fresh = whole.with_extension("new");
    fs::copy(program, &fresh).with_context(|| format!("copy {}", program.display()))?;
    fs::rename(&fresh, &whole).with_context(|| format!("write {}", whole.display()))?;
    let stripped = whole.with_extension("stripped");
    let status = Command::new("strip").arg("-o").args([&fresh, &whole]).status().context("start strip")?;
    ensure!(status.success(), "strip {}: {status}", whole.display());
    fs::rename(&fresh, &stripped).with_context(|| format!("write {}", stripped.display()))?;
    Ok(Program { whole, stripped })
}

/// Writes the package `folder` with the programs of these attempts. It may use what the crate `judge` uses, in the versions
/// that the course has locked. Returns the names of the programs, and a lock: nobody else writes it meanwhile.
pub fn write_package(course: &Course, folder: &Path, attempts: &[Attempt]) -> Result<(File, Vec<String>)> {
    let mains: BTreeMap<String, String> = attempts.iter().map(|attempt| (attempt.program(), attempt.main())).collect();
    fs::create_dir_all(folder.join(".cargo")).with_context(|| format!("make {}", folder.display()))?;
    // Two runs may want the same package: cargo must not see it half written.
    let lock = File::open(folder)?;
    lock.lock().with_context(|| format!("lock {}", folder.display()))?;
    let mut manifest: toml::Table = read(&course.judge_crate().join("Cargo.toml"))?.parse()?;
    let mut dependencies = table(&mut manifest, "dependencies")?;
    for (_, dependency) in dependencies.iter_mut() {
        if let Some(path) = dependency.get_mut("path") {
            let relative = path.as_str().context("a dependency's path")?;
            *path = course.judge_crate().join(relative).canonicalize()?.display().to_string().into();
        }
    }
    let judge = toml::Table::from_iter([("path".to_string(), course.judge_crate().display().to_string().into())]);
    dependencies.insert("judge".into(), judge.into());
    let mut profiles = table(&mut read(&course.root.join("Cargo.toml"))?.parse()?, "profile")?;
    let mut profile = table(&mut profiles, "guest")?;
    // The lines of what the learner writes, and of nothing else.
    profile.extend(toml::toml! {
        debug = "line-tables-only"
        strip = false
        package = { "*" = { debug = false } }
    });
    // What cargo has built of a package it knows by its name and by paths within it: two folders must not bear the same.
    let place = CacheKey::default().bytes(folder.as_os_str().as_encoded_bytes()).finish();
    let name = format!("exercises-{}", &place[..8]);
    let package = [("name", name.as_str()), ("version", "0.1.0"), ("edition", "2024")];
    let package = package.map(|(key, value)| (key.to_string(), toml::Value::from(value)));
    let manifest = toml::Table::from_iter(
        [
            ("package", toml::Table::from_iter(package)),
            ("workspace", toml::Table::new()),
            ("dependencies", dependencies),
            ("profile", toml::Table::from_iter([("guest".to_string(), toml::Value::from(profile))])),
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
    // An editor checks it too, and finds built there what the package has in common with the course.
    let target =
        toml::Table::from_iter([("target-dir".to_string(), course.root.join("target").display().to_string().into())]);
    let configuration = toml::Table::from_iter([("build".to_string(), toml::Value::from(target))]);
    write(&folder.join(".cargo/config.toml"), &toml::to_string(&configuration)?)?;
    mains.iter().try_for_each(|(name, text)| write(&programs.join(name).with_extension("rs"), text))?;
    Ok((lock, mains.into_keys().collect()))
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
