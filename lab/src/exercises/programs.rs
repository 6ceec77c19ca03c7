//! The programs that check attempts: a package of them is written, and built for the guest.

use crate::{
    build::cargo,
    cache_key::CacheKey,
    course::Course,
    exercises::{attempt::Attempt, exercise::Side},
    report::verdict,
};
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
            let key = key(course, attempts)?;
            if let [name] = names
                && let Some(program) = built_before(folder, name, &key)
            {
                let programs = BTreeMap::from([(name.clone(), Ok(program))]);
                return Ok(Programs { folder: folder.to_path_buf(), programs, warnings: String::new() });
            }
            let all = cargo::build_programs(folder, names, target);
            let one = |name: &String| -> Result<Program> {
                let mut built = match &all {
                    Ok((all, _)) => all.clone(),
                    Err(error) if names.len() == 1 => return Err(verdict::repeat(error)),
                    Err(_) => cargo::build_programs(folder, std::slice::from_ref(name), target)?.0,
                };
                aside(&built.remove(name).with_context(|| format!("cargo built no {name}"))?, folder)
            };
            let programs: BTreeMap<_, _> = names.iter().map(|name| (name.clone(), one(name))).collect();
            let warnings = all.map(|(_, warnings)| warnings).unwrap_or_default();
            // What was saved while it was built may be in the program, or not.
            if let ([(name, Ok(program))], "", true) =
                (&programs.iter().collect::<Vec<_>>()[..], warnings.as_str(), self::key(course, attempts)? == key)
            {
                fs::write(key_of(program), &key).with_context(|| format!("remember how {name} was built"))?;
            }
            Ok(Programs { folder: folder.to_path_buf(), programs, warnings })
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

impl Program {
    /// The place of a program in the folder of its package.
    fn of(folder: &Path, name: &str) -> Self {
        let whole = folder.join(".programs").join(name);
        Program { stripped: whole.with_extension("stripped"), whole }
    }
}

/// Puts a program into the folder of its package, under its own name.
fn aside(program: &Path, folder: &Path) -> Result<Program> {
    let name = program.file_name().and_then(|name| name.to_str()).context("a program's name")?;
    let Program { whole, stripped } = Program::of(folder, name);
    fs::create_dir_all(whole.parent().context("a program's folder")?)?;
    // What is remembered is of the one before.
    let _ = fs::remove_file(whole.with_extension("key"));
    // A guest may be reading the one of the run before.
    let fresh = whole.with_extension("new");
    fs::copy(program, &fresh).with_context(|| format!("copy {}", program.display()))?;
    fs::rename(&fresh, &whole).with_context(|| format!("write {}", whole.display()))?;
    let status = Command::new("strip").arg("-o").args([&fresh, &whole]).status().context("start strip")?;
    ensure!(status.success(), "strip {}: {status}", whole.display());
    fs::rename(&fresh, &stripped).with_context(|| format!("write {}", stripped.display()))?;
    Ok(Program { whole, stripped })
}

/// The program that was built of the same sources before, and without a warning. Cargo would find out as well, and takes
/// longer for it.
fn built_before(folder: &Path, name: &str, key: &str) -> Option<Program> {
    let program = Program::of(folder, name);
    let is_same = fs::read_to_string(key_of(&program)).is_ok_and(|built| built == key);
    (is_same && program.whole.exists() && program.stripped.exists()).then_some(program)
}

/// Where it stands of what a program was built.
fn key_of(program: &Program) -> PathBuf {
    program.whole.with_extension("key")
}

/// The key of all that the programs of these attempts are built of.
fn key(course: &Course, attempts: &[Attempt]) -> Result<String> {
    let mut key = CacheKey::default()
        .this_program()?
        .folder(&course.judge_crate())?
        .file(&course.root.join("Cargo.toml"))?
        .file(&course.root.join("Cargo.lock"))?;
    if let Some(shared) = course.shared() {
        key = key.folder(&shared)?;
    }
    for attempt in attempts {
        key = key.bytes(attempt.main()).folder(&attempt.exercise.folder)?;
        if attempt.exercise.side == Side::User {
            // One that is not there is for cargo to complain of.
            key = key.bytes(fs::read(&attempt.file).unwrap_or_default());
        }
    }
    Ok(key.finish())
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
    sources(&text).any(|source| !Path::new(source).exists())
}

/// The files that a program's main function names.
fn sources(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("#[path = \"")?.strip_suffix("\"]"))
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
