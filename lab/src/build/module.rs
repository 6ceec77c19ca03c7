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
    io::ErrorKind,
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
/// checkout. Does nothing if neither they nor the kernel nor the compiler changed, and where only what is in the sources
/// changed, as much as kbuild finds necessary. What the compiler refuses is the module's fault ([`Fault`]).
pub fn build(kernel: &Kernel, source: &Path, include: &Path, build: &Path, warnings: Warnings) -> Result<Built> {
    fs::create_dir_all(build).with_context(|| format!("make {}", build.display()))?;
    // Two runs may want the same module: one builds, the other then finds it built.
    let folder = File::open(build)?;
    folder.lock().with_context(|| format!("lock {}", build.display()))?;
    let (stamp, warned, kept) = (build.join(".key"), build.join(".warnings"), build.join(".surroundings"));
    let surroundings = CacheKey::default()
        .folder(include)?
        .bytes(&kernel.release)
        // What kbuild notes there names the folder: in a checkout that was moved it is wrong.
        .bytes(build.as_os_str().as_encoded_bytes())
        .identity(&programs::find(&kernel.cc)?)?;
    let key = surroundings.clone().folder(source)?.finish();
    if fs::read_to_string(&stamp).is_ok_and(|text| text == key) {
        let warnings = fs::read_to_string(&warned).unwrap_or_default();
        return Ok(Built {
            modules: modules(build)?,
            warnings,
            commands: commands::of(kernel, source, include, build)?,
        });
    }
    let surroundings = with_shape(surroundings, source)?.finish();
    if !fs::read_to_string(&kept).is_ok_and(|text| text == surroundings) {
        empty(build)?;
    }
    // Of a build that is killed nothing is kept, and of one that fails no claim that it is up to date.
    for note in [&stamp, &kept] {
        remove(note)?;
    }
    mirror(source, build)?;
    link(include, build)?;
    let said = make(kernel, source, build);
    let complains = match &said {
        Ok(said) => said.lines().any(complaint),
        Err(error) => error.to_string().lines().any(complaint),
    };
    // A warning is only said again when what it is about is compiled again.
    if !complains {
        fs::write(&kept, surroundings).with_context(|| format!("write {}", kept.display()))?;
    }
    let said = said?;
    if warnings == Warnings::Denied && complains {
        return Err(Fault(format!(
            "{} builds with warnings on {}\n{}",
            source.display(),
            kernel.name,
            said.trim_end()
        ))
        .into());
    }
    let text = if complains { without_progress(&said) } else { String::new() };
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

/// Adds to a key which sources there are in a folder, and what is in those that are no C: they say what is made of which.
fn with_shape(mut key: CacheKey, source: &Path) -> Result<CacheKey> {
    for file in files(source)? {
        key = key.bytes(file.as_os_str().as_encoded_bytes());
        if !file.extension().is_some_and(|kind| kind == "c" || kind == "h") {
            key = key.file(&source.join(&file))?;
        }
    }
    Ok(key)
}

/// The sources in the folder `source`, by their paths in it, sorted.
fn files(source: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = WalkDir::new(source).follow_links(true).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(cache_key::is_source) {
        let entry = entry.with_context(|| format!("read {}", source.display()))?;
        if entry.file_type().is_file() {
            files.push(entry.path().strip_prefix(source)?.to_path_buf());
        }
    }
    Ok(files)
}

/// Removes all that is in a folder.
fn empty(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .with_context(|| format!("remove {}", path.display()))?;
    }
    Ok(())
}

/// Removes a file that may not be there.
fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Copies the sources that are not in `build` yet as they are now. What kbuild has made there of the others it uses again,
/// which is most of the time that a build takes.
fn mirror(source: &Path, build: &Path) -> Result<()> {
    for file in files(source)? {
        let (from, to) = (source.join(&file), build.join(&file));
        let text = fs::read(&from).with_context(|| format!("read {}", from.display()))?;
        if fs::read(&to).is_ok_and(|copy| copy == text) {
            continue;
        }
        // A copy of what may not be written may not be written either.
        remove(&to)?;
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(&from, &to).with_context(|| format!("copy {}", from.display()))?;
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
    use crate::vm::kernels::DEFAULT;
    use std::time::SystemTime;

    /// A folder with the sources of a module of two files, and where it is built.
    struct Sources(tempfile::TempDir);

    impl Sources {
        fn new() -> Self {
            let sources = Sources(tempfile::tempdir().expect("tempdir"));
            for folder in ["include", "source"] {
                fs::create_dir(sources.0.path().join(folder)).expect("mkdir");
            }
            sources.write("Kbuild", "obj-m := two.o\ntwo-y := a.o b.o\n");
            sources.describe("two");
            sources.write("b.c", "int two_b(void);\nint two_b(void) { return 1; }\n");
            sources
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.path().join("source").join(name), text).expect("write");
        }

        fn describe(&self, what: &str) {
            let text = format!("MODULE_LICENSE(\"GPL\");\nMODULE_DESCRIPTION(\"{what}\");\n");
            self.write("a.c", &format!("#include <linux/module.h>\n{text}"));
        }

        fn build(&self) -> Result<Built> {
            let kernel = Kernel::find(DEFAULT).expect("a kernel");
            let folder = |name| self.0.path().join(name);
            build(&kernel, &folder("source"), &folder("include"), &folder("build/two"), Warnings::Denied)
        }

        fn made(&self, object: &str) -> SystemTime {
            let path = self.0.path().join("build/two").join(object);
            fs::metadata(path).and_then(|object| object.modified()).expect("an object")
        }
    }

    #[test]
    fn what_has_not_changed_is_not_compiled_again_unless_it_was_warned_of() {
        let sources = Sources::new();
        sources.build().expect("build");
        let (a, b) = (sources.made("a.o"), sources.made("b.o"));
        sources.write("b.c", "int two_b(void);\nint two_b(void) { return 2; }\n");
        sources.build().expect("build");
        assert!(sources.made("a.o") == a && sources.made("b.o") > b);
        sources.write("b.c", "int two_b(void) { return 3; }\n");
        for what in ["once", "again"] {
            sources.describe(what);
            let why = format!("{:#}", sources.build().err().expect("a warning"));
            assert!(why.contains("no previous prototype"), "{why}");
        }
    }

    #[test]
    fn what_did_not_build_is_not_taken_for_built_when_it_was_before() {
        let sources = Sources::new();
        sources.build().expect("build");
        let before = sources.made("two.ko");
        sources.describe("\" }");
        sources.build().err().expect("an error");
        sources.describe("two");
        let built = sources.build().expect("build");
        assert!(built.modules.len() == 1 && sources.made("two.ko") > before);
    }

    #[test]
    fn a_module_that_has_another_name_now_is_not_there_twice() {
        let sources = Sources::new();
        sources.build().expect("build");
        sources.write("Kbuild", "obj-m := three.o\nthree-y := a.o b.o\n");
        let built = sources.build().expect("build");
        let names: Vec<_> = built.modules.iter().filter_map(|path| path.file_name()).collect();
        assert_eq!(names, ["three.ko"]);
    }

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
