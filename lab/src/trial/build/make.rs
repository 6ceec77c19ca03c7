//! Building a module as its author does: by its own make, which is told of the lab's kernel whatever way it asks.

use super::{
    dkms::Dkms,
    reasons, shims,
    sources::{DKMS, MAKEFILES, Sources},
    tree::Tree,
};
use crate::{
    programs,
    report::{spinner::Work, verdict::Fault},
    vm::kernel::Kernel,
};
use anyhow::{Context, Result, ensure};
use regex::Regex;
use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};
use walkdir::WalkDir;

/// What Makefiles call the folder of the kernel's headers, and its release, where they let the environment say it.
const HEADERS: [&str; 8] =
    ["KDIR", "KERNELDIR", "KERNEL_DIR", "KSRC", "KERNEL_SRC", "KERNELSRC", "KERN_DIR", "KERNEL_SOURCE_DIR"];
const RELEASE: [&str; 4] = ["KVER", "KERNELVER", "KVERSION", "KERNEL_VERSION"];

/// What `W=1` adds to the compiler's warnings. It is advice: each stays a warning, also where a module asks for `-Werror`.
const ADVICE: [&str; 7] = [
    "unused-but-set-variable",
    "unused-const-variable",
    "missing-format-attribute",
    "format-overflow",
    "format-truncation",
    "stringop-truncation",
    "packed-not-aligned",
];

/// What was said of a build, in its copy.
pub const LOG: &str = "build.log";

/// After this long, somebody wants to know what goes on.
const SILENT: Duration = Duration::from_secs(2);

/// What was built.
pub struct Built {
    /// The modules.
    pub modules: Vec<PathBuf>,
    /// What the compiler and modpost warned of.
    pub warnings: String,
}

/// A variable of a Makefile's that names the kernel's headers: `KDIR := /lib/modules/$(shell uname -r)/build`.
static NAMES_HEADERS: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| {
    Regex::new(
        r"(?m)^\s*(?:export\s+|override\s+)?(\w+)\s*(?:\?|:{1,3})?=\s*(?:/lib/modules/|/usr/src/)[^\n#]*?(?:/build|/source|linux-headers-[^\n/#]*)/?\s*(?:#[^\n]*)?$",
    )
});

/// Builds, in the copy, the modules of these folders and those whose symbols they use. What does not build is the
/// module's fault.
pub fn build(
    kernel: &Kernel,
    tree: &Tree,
    sources: &Sources,
    folders: &[PathBuf],
    variables: &[String],
) -> Result<Built> {
    let shims = tree.folder.join("bin");
    shims::write(&shims, kernel)?;
    let mut made = Made { kernel, tree, shims, variables, symbols: Vec::new(), said: String::new() };
    for folder in sources.providers.iter().chain(folders) {
        made.folder(folder)?;
    }
    let built = sources.providers.iter().chain(folders).map(|folder| tree.copy_of(folder));
    let modules = modules(built)?;
    let left_out: String = sources.left_out.iter().map(|line| format!("\n{line}")).collect();
    ensure!(
        !modules.is_empty(),
        Fault(format!("the build made no module: does obj-m name one?\n{}{left_out}", reasons::end_of(&made.said)))
    );
    Ok(Built { modules, warnings: reasons::warnings(&made.said) })
}

/// What has been made so far.
struct Made<'a> {
    kernel: &'a Kernel,
    tree: &'a Tree,
    shims: PathBuf,
    variables: &'a [String],
    /// The symbols of the modules that were built before.
    symbols: Vec<PathBuf>,
    /// All that was said, in the author's terms.
    said: String,
}

impl Made<'_> {
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let copy = self.tree.copy_of(folder);
        let goal = if copy.join(DKMS).is_file() { None } else { self.goal(&copy)? };
        if copy.join(DKMS).is_file() {
            let dkms = Dkms::of(self.kernel, self.tree, &copy)?;
            for script in dkms.before.iter().chain([&dkms.make]) {
                let mut command = self.command("sh", &copy)?;
                command.args(["-c", script]);
                self.run(command, folder)?;
            }
        } else if goal.is_some() {
            self.own(folder, &copy, &[])?;
            // A Makefile may have another default goal than its modules.
            if modules([copy.clone()].into_iter())?.is_empty() && self.has_goal(&copy, "modules")? {
                self.own(folder, &copy, &["modules"])?;
            }
        } else {
            let mut command = self.command("make", &copy)?;
            command.arg("-C").arg(self.kernel.headers()).arg(format!("M={}", copy.display()));
            command.args(self.variables).arg("modules");
            self.run(command, folder)?;
        }
        let symbols = copy.join("Module.symvers");
        if symbols.is_file() {
            self.symbols.push(symbols);
        }
        Ok(())
    }

    /// Runs the module's own make.
    fn own(&mut self, folder: &Path, copy: &Path, goals: &[&str]) -> Result<()> {
        let mut command = self.command("make", copy)?;
        let headers = self.kernel.headers();
        command.args(named_headers(copy).iter().map(|name| format!("{name}={}", headers.display())));
        command.args(self.variables).args(goals);
        self.run(command, folder)
    }

    /// A program that runs in a folder as it would for the author, who has the lab's kernel.
    fn command(&self, program: &str, copy: &Path) -> Result<Command> {
        let shim = self.shims.join(program);
        let mut command = Command::new(if shim.exists() { shim } else { PathBuf::from(program) });
        let advice = ADVICE.map(|warning| format!("-W{warning} -Wno-error={warning}")).join(" ");
        command.current_dir(copy).env("PWD", copy).env("PATH", programs::path_with(&self.shims)?);
        command.envs(HEADERS.map(|name| (name, self.kernel.headers())));
        command.envs(RELEASE.map(|name| (name, &self.kernel.release)));
        command.env("KCFLAGS", advice).env("LC_ALL", "C").env("LANG", "C");
        if !self.symbols.is_empty() {
            let symbols: Vec<String> = self.symbols.iter().map(|path| path.display().to_string()).collect();
            command.env("KBUILD_EXTRA_SYMBOLS", symbols.join(" "));
        }
        // make's own settings, when the tool itself is run by make; and the kernel's make forgets LC_ALL.
        for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "LC_CTYPE", "LC_MESSAGES"] {
            command.env_remove(name);
        }
        Ok(command)
    }

    /// The goal that make has in a folder if none is named, unless that is to clean up.
    fn goal(&self, copy: &Path) -> Result<Option<String>> {
        let Some(makefile) = MAKEFILES[..3].iter().find(|name| copy.join(name).is_file()) else { return Ok(None) };
        let ask = "$(info lab-goal=$(.DEFAULT_GOAL))\n.PHONY: lab-nothing\nlab-nothing: ;@:\n";
        let question = self.tree.folder.join("goal.mk");
        fs::write(&question, ask).with_context(|| format!("write {}", question.display()))?;
        let mut command = self.command("make", copy)?;
        command
            .args(["--no-print-directory", "-f", makefile, "-f"])
            .arg(&question)
            .args(self.variables)
            .arg("lab-nothing");
        let output = command.stdin(Stdio::null()).output().context("start make")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let goal = said.lines().find_map(|line| line.strip_prefix("lab-goal=")).unwrap_or_default();
        // A Makefile that cannot be read says so itself when it is run.
        let has_one = !output.status.success() || !["", "lab-nothing", "clean"].contains(&goal);
        Ok(has_one.then(|| goal.to_string()))
    }

    fn has_goal(&self, copy: &Path, goal: &str) -> Result<bool> {
        let mut command = self.command("make", copy)?;
        let status =
            command.args(["--dry-run", goal]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(status.context("start make")?.success())
    }

    /// Runs a command of the build, and says how far it is if that takes long.
    fn run(&mut self, mut command: Command, folder: &Path) -> Result<()> {
        let (reader, writer) = io::pipe().context("make a pipe")?;
        // One pipe, so that what fails stands where it happened.
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = command.spawn().with_context(|| format!("start {}", command.get_program().display()))?;
        drop(command);
        let (started, mut work, mut said) = (Instant::now(), Work::begin("make builds the module"), String::new());
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            let line = self.tree.theirs(&String::from_utf8_lossy(&line));
            if started.elapsed() > SILENT && line.starts_with("  ") {
                work.say(line.trim());
            }
            said += &line;
            said.push('\n');
        }
        let status = child.wait().context("wait for make")?;
        self.said += &said;
        let log = self.tree.folder.join(LOG);
        fs::write(&log, &self.said).with_context(|| format!("write {}", log.display()))?;
        if status.success() {
            return Ok(());
        }
        let why = reasons::of(&said, self.kernel, &log)?;
        Err(Fault(format!("{} does not build on Linux {}\n{why}", folder.display(), self.kernel.name)).into())
    }
}

/// The variables by which a folder's Makefiles name the kernel's headers, of whatever name.
fn named_headers(copy: &Path) -> Vec<String> {
    let Ok(pattern) = NAMES_HEADERS.as_ref() else { return Vec::new() };
    let entries = fs::read_dir(copy).into_iter().flatten().flatten().map(|entry| entry.path());
    let makefiles = entries.filter(|path| super::sources::is_makefile(path));
    let texts: Vec<String> = makefiles.filter_map(|path| fs::read_to_string(path).ok()).collect();
    let names = texts.iter().flat_map(|text| pattern.captures_iter(text).map(|found| found[1].to_string()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

/// The modules in these folders and below, each once: an author may copy them together in the end.
fn modules(folders: impl Iterator<Item = PathBuf>) -> Result<Vec<PathBuf>> {
    let mut modules: Vec<PathBuf> = Vec::new();
    for entry in folders.flat_map(|folder| WalkDir::new(folder).sort_by_file_name()) {
        let path = entry.context("read what was built")?.into_path();
        let is_there = |module: &PathBuf| module.file_name() == path.file_name();
        if path.extension() == Some(OsStr::new("ko")) && path.is_file() && !modules.iter().any(is_there) {
            modules.push(path);
        }
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_names_the_headers_is_found_whatever_its_name() {
        let names = |text: &str| {
            let folder = tempfile::tempdir().expect("tempdir");
            fs::write(folder.path().join("Makefile"), text).expect("write");
            named_headers(folder.path())
        };
        assert_eq!(names("MY_KERNEL := /lib/modules/$(shell uname -r)/build\n"), ["MY_KERNEL"]);
        assert_eq!(names("export TREE ?= /usr/src/linux-headers-$(KVER)  # the headers\n"), ["TREE"]);
        assert_eq!(
            names("INSTALL_DIR = /lib/modules/$(shell uname -r)/extra\nall:\n\tmake -C /lib/modules/x/build\n"),
            [""; 0]
        );
    }
}
