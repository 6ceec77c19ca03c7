//! Building kernel modules out of tree, against the headers in the cache (Documentation/kbuild/modules.rst).

use crate::{
    build::{
        commands::{self, Command as Compilation},
        limits::limit,
    },
    cache_key::{self, CacheKey},
    programs,
    report::verdict::Fault,
    vm::kernel::Kernel,
};
use anyhow::{Context, Result};
use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use walkdir::WalkDir;

/// Whether the compiler's warnings are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warnings {
    /// They are: the course's own modules build without one, under `W=1`.
    Denied,
    /// They are passed on: somebody else's code.
    Reported,
}

/// A finished build.
pub struct Built {
    /// The modules, sorted by name.
    pub modules: Vec<PathBuf>,
    /// What the compiler warned of, if anything.
    pub warnings: String,
    /// How each of the sources was compiled.
    pub commands: Vec<Compilation>,
}

/// Builds all modules of the folder `source`, which may include the headers in `include`, in the folder `build`, a copy
/// of it, so that the sources stay clean. Their Kbuild finds the headers at `$(src)/../include`, here as in the
/// checkout. Does nothing if neither they nor the kernel nor the compiler changed. What the compiler refuses is the
/// module's fault ([`Fault`]).
pub fn build(kernel: &Kernel, source: &Path, include: &Path, build: &Path, warnings: Warnings) -> Result<Built> {
    fs::create_dir_all(build).with_context(|| format!("make {}", build.display()))?;
    // Two runs may want the same module: one builds, the other then finds it built.
    let folder = File::open(build)?;
    folder.lock().with_context(|| format!("lock {}", build.display()))?;
    let (stamp, warned) = (build.join(".key"), build.join(".warnings"));
    let key = CacheKey::default()
        .folder(source)?
        .folder(include)?
        .bytes(&kernel.release)
        // What kbuild notes there names the folder: in a checkout that was moved it is wrong.
        .bytes(build.as_os_str().as_encoded_bytes())
        .identity(&programs::find(&kernel.cc)?)?
        .finish();
    if fs::read_to_string(&stamp).is_ok_and(|text| text == key) {
        let warnings = fs::read_to_string(&warned).unwrap_or_default();
        return Ok(Built {
            modules: modules(build)?,
            warnings,
            commands: commands::of(kernel, source, include, build)?,
        });
    }
    mirror(source, build)?;
    link(include, build)?;
    let said = make(kernel, source, build)?;
    let complaints: Vec<&str> = said.lines().filter(|line| complaint(line)).collect();
    if warnings == Warnings::Denied && !complaints.is_empty() {
        return Err(Fault(format!(
            "{} builds with warnings on {}\n{}",
            source.display(),
            kernel.name,
            said.trim_end()
        ))
        .into());
    }
    let text = if complaints.is_empty() { String::new() } else { without_progress(&said) };
    fs::write(&warned, &text)?;
    fs::write(&stamp, key).with_context(|| format!("write {}", stamp.display()))?;
    Ok(Built { modules: modules(build)?, warnings: text, commands: commands::of(kernel, source, include, build)? })
}

/// Builds the sources `NAME.c` in the folder `build` as a module each, in one go, which takes hardly longer for many than for
/// one. Those that do not build are left out.
pub fn build_those_that_can(kernel: &Kernel, include: &Path, build: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(build).with_context(|| format!("make {}", build.display()))?;
    link(include, build)?;
    let mut names: Vec<&String> = names.iter().collect();
    while !names.is_empty() {
        let objects: String = names.iter().map(|name| format!(" {name}.o")).collect();
        fs::write(build.join("Kbuild"), format!("obj-m :={objects}\nccflags-y := -I$(src)/../include\n"))?;
        let Err(error) = make(kernel, build, build) else {
            return Ok(names.iter().map(|name| build.join(name).with_extension("ko")).collect());
        };
        let all = names.len();
        names.retain(|name| build.join(name).with_extension("o").exists());
        if names.len() == all {
            return Err(error);
        }
    }
    Ok(Vec::new())
}

/// Makes `build` a copy of `source` and nothing else.
fn mirror(source: &Path, build: &Path) -> Result<()> {
    for entry in fs::read_dir(build)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .with_context(|| format!("remove {}", path.display()))?;
    }
    for entry in WalkDir::new(source).follow_links(true).min_depth(1).into_iter().filter_entry(cache_key::is_source) {
        let entry = entry.with_context(|| format!("read {}", source.display()))?;
        let copy = build.join(entry.path().strip_prefix(source)?);
        if entry.file_type().is_dir() { fs::create_dir(&copy) } else { fs::copy(entry.path(), &copy).map(drop) }
            .with_context(|| format!("copy {}", entry.path().display()))?;
    }
    Ok(())
}

/// Makes `../include` of `build` lead to the headers. Builds beside this one may do the same at this moment.
fn link(include: &Path, build: &Path) -> Result<()> {
    let link = build.with_file_name("include");
    if fs::read_link(&link).is_ok_and(|target| target == include) {
        return Ok(());
    }
    let new = build.join(".include");
    symlink(include, &new)
        .and_then(|()| fs::rename(&new, &link))
        .with_context(|| format!("link {} to {}", link.display(), include.display()))
}

fn make(kernel: &Kernel, source: &Path, build: &Path) -> Result<String> {
    let mut argument = OsString::from("M=");
    argument.push(build);
    let output = limit(&mut Command::new("make"))
        .arg("-C")
        .arg(kernel.headers())
        .arg(argument)
        .args([&format!("CC={}", kernel.cc), "W=1", "--keep-going", "modules"])
        // make's own settings, when the tool itself is run by make.
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .context("start make")?;
    // The reader knows the sources, not the mirror.
    let said = String::from_utf8_lossy(&[output.stderr, output.stdout].concat())
        .replace(&format!("{}/", build.display()), &format!("{}/", source.display()));
    match output.status.success() {
        true => Ok(said),
        false => {
            let said = without_progress(&said);
            Err(Fault(format!("{} does not build on {}\n{said}", source.display(), kernel.name)).into())
        }
    }
}

/// What the compiler and modpost have said: without the lines in which make and kbuild say what they do (`  CC [M]  FILE`),
/// and without what is said about the headers package.
fn without_progress(said: &str) -> String {
    let is_step = |line: &str| {
        let step = line.strip_prefix("  ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        step.len() > 1 && step.chars().all(|letter| letter.is_ascii_uppercase())
    };
    let is_about_headers = |line: &str| {
        let starts =
            ["warning: the compiler differs", "  The kernel was built by:", "  You are using:", "Skipping BTF"];
        starts.iter().any(|start| line.starts_with(start))
    };
    let lines = said.lines().filter(|line| !line.starts_with("make") && !is_step(line) && !is_about_headers(line));
    lines.collect::<Vec<_>>().join("\n").trim().to_string()
}

/// A compiler's or modpost's warning; what make says about BTF is about the headers package, not about the module.
fn complaint(line: &str) -> bool {
    (line.contains("warning:") || line.contains("WARNING:")) && !line.contains("the compiler differs")
}

fn modules(build: &Path) -> Result<Vec<PathBuf>> {
    let mut modules: Vec<PathBuf> = fs::read_dir(build)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "ko"))
        .collect();
    modules.sort();
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_make_does_is_no_warning() {
        let said = "exercise.c:11:13: warning: unused variable 'unused' [-Wunused-variable]\n   11 |         int unused;\n\
                    make: Entering directory '/x'\n  CC [M]  /x/exercise.o\n  MODPOST /x/Module.symvers\n  BTF [M] /x/exercise.ko\n\
                    Skipping BTF generation for /x/exercise.ko due to unavailability of vmlinux\nmake: Leaving directory '/x'\n";
        let expected =
            "exercise.c:11:13: warning: unused variable 'unused' [-Wunused-variable]\n   11 |         int unused;";
        assert_eq!(without_progress(said), expected);
    }
}
