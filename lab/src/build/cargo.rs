//! Building the programs that run in the guest: statically linked, because the guest has no libraries.

use crate::{
    build::{
        diagnostic::{self, Diagnostic},
        limits::limit,
    },
    cache,
    cache_key::CacheKey,
    report::{
        spinner::{Step, Work},
        verdict::Fault,
    },
};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    env,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

/// What programs for the lab's kernels are built for, which are for the same machine.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What programs for the kernel in a browser are built for.
const BROWSERS_TARGET: &str = "i686-unknown-linux-gnu";

/// How programs are linked that go into a guest without libraries.
const STATIC: &str = "-Ctarget-feature=+crt-static";

/// Builds packages of the workspace at `root` for the guest. Returns each package's program. A compiler error is the
/// package's fault ([`Fault`]) and carries what the compiler said.
pub fn build(root: &Path, packages: &[String]) -> Result<BTreeMap<String, PathBuf>> {
    build_linked(root, packages, STATIC)
}

/// Builds the programs that have their packages' names for the kernel in a browser. `libraries` is where the C library for it
/// is. Errors are those of [`build`].
pub fn build_for_browser(root: &Path, packages: &[String], libraries: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = command(root, BROWSERS_TARGET, STATIC);
    // Where gcc looks for what it links to every program, before it looks where it was installed.
    command.env("LIBRARY_PATH", libraries);
    command.args(packages.iter().flat_map(|package| ["--package", package, "--bin", package]));
    let (programs, warnings) = programs(command)?;
    eprint!("{warnings}");
    Ok(programs)
}

/// Builds packages as [`build`] does, linked as the compiler's option `linking` says.
fn build_linked(root: &Path, packages: &[String], linking: &str) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = command(root, TARGET, linking);
    command.args(packages.iter().flat_map(|package| ["--package", package]));
    let (programs, warnings) = programs(command)?;
    eprint!("{warnings}");
    for package in packages {
        ensure!(programs.contains_key(package), "package {package} has no program of the same name");
    }
    Ok(programs)
}

/// Builds programs of the package in `folder`, which need not belong to the workspace but shares what that has built in
/// `target`. Returns them by name, and what the compiler warned of. Errors are those of [`build`].
pub fn build_programs(folder: &Path, names: &[String], target: &Path) -> Result<(BTreeMap<String, PathBuf>, String)> {
    programs(of_package(folder, names, target))
}

/// Builds those of the programs that can be built; else as [`build_programs`].
pub fn build_those_that_can(folder: &Path, names: &[String], target: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut command = of_package(folder, names, target);
    command.arg("--keep-going");
    Ok(said_by(command)?.programs)
}

/// Builds programs as [`build_programs`] does; `hear` is called with what the compiler says of places in the sources, also when it
/// refuses them.
pub fn build_heard(
    folder: &Path,
    names: &[String],
    target: &Path,
    hear: &mut dyn FnMut(Vec<Diagnostic>),
) -> Result<BTreeMap<String, PathBuf>> {
    let mut said = said_by(of_package(folder, names, target))?;
    hear(std::mem::take(&mut said.diagnostics));
    Ok(said.programs()?.0)
}

/// `cargo build` of some of a package's programs.
fn of_package(folder: &Path, names: &[String], target: &Path) -> Command {
    let mut command = command(folder, TARGET, STATIC);
    limit(&mut command).arg("--target-dir").arg(target).args(names.iter().flat_map(|name| ["--bin", name]));
    command
}

/// `cargo build` for the guest, to be completed.
fn command(folder: &Path, target: &str, linking: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(folder)
        .args(["build", "--profile", "guest", "--target", target])
        .env("CARGO_TERM_COLOR", "never");
    command.arg("--message-format=json");
    // Wins over any RUSTFLAGS of the user's, which could make the program depend on libraries again.
    command.env("CARGO_ENCODED_RUSTFLAGS", linking).env_remove("CARGO_BUILD_RUSTFLAGS");
    command
}

/// What came of a build.
struct Said {
    /// Each program that was built or found built.
    programs: BTreeMap<String, PathBuf>,
    /// All that the compiler and cargo have to say, as a terminal shows it.
    text: String,
    /// What of it concerns a place in the sources.
    diagnostics: Vec<Diagnostic>,
    status: ExitStatus,
}

impl Said {
    /// The programs and what was warned of, if all could be built.
    fn programs(self) -> Result<(BTreeMap<String, PathBuf>, String)> {
        if !self.status.success() {
            return Err(Fault(format!("`cargo build` failed\n{}", self.text.trim_end())).into());
        }
        Ok((self.programs, self.text))
    }

    /// Takes cargo's messages, which come as it goes on: how far it is, is said meanwhile.
    fn hear(&mut self, messages: impl BufRead) {
        let (mut work, mut built) = (Work::begin("cargo builds what has changed"), 0);
        let messages = messages.lines().map_while(Result::ok);
        for message in messages.filter_map(|line| serde_json::from_str::<Value>(&line).ok()) {
            let name = message["target"]["name"].as_str().unwrap_or_default();
            if message["fresh"] == false {
                built += 1;
                work.say(&format!("{built} done, {name} the last"));
            }
            if let Some(program) = message["executable"].as_str() {
                self.programs.insert(name.to_string(), PathBuf::from(program));
            }
            if let Some(rendered) = message["message"]["rendered"].as_str() {
                self.text += rendered;
                self.diagnostics.extend(diagnostic::of_rustc(&message["message"]));
            }
        }
    }
}

/// Runs it, and returns each program that it has built or found built, and what it warned of.
fn programs(command: Command) -> Result<(BTreeMap<String, PathBuf>, String)> {
    said_by(command)?.programs()
}

/// Runs it to its end, whatever that is.
fn said_by(mut command: Command) -> Result<Said> {
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().context("start cargo")?;
    let (messages, complaints) = (child.stdout.take(), child.stderr.take());
    let complained =
        thread::spawn(move || complaints.map(|pipe| without_progress(BufReader::new(pipe))).unwrap_or_default());
    let mut said =
        Said { programs: BTreeMap::new(), text: String::new(), diagnostics: Vec::new(), status: ExitStatus::default() };
    said.hear(BufReader::new(messages.context("cargo's output")?));
    said.status = child.wait().context("wait for cargo")?;
    said.text += &complained.join().unwrap_or_default();
    Ok(said)
}

/// What cargo says to people, without what it says of its progress: a word that ends at the twelfth column. That it waits for
/// another cargo is passed on at once, because that may take minutes.
fn without_progress(said: impl BufRead) -> String {
    let (mut kept, mut waits): (String, Option<Step>) = (String::new(), None);
    for line in said.lines().map_while(Result::ok) {
        let word = line.trim_start();
        let is_progress = line.starts_with("   ")
            && word.split(' ').next().is_some_and(|word| line.len() - line.trim_start().len() + word.len() == 12);
        // How often it has warned, which it says in the end, has been seen.
        let is_count = line.starts_with("warning: `") && line.contains(" generated ");
        match is_progress || is_count {
            true if word.starts_with("Blocking") => {
                waits = Some(Step::start("waiting for another cargo that builds here"))
            }
            true => drop(waits.take()),
            false => kept += &format!("{line}\n"),
        }
    }
    kept
}

/// The guest's PID 1, which is part of the tool and so comes from the tool's own workspace. A tool that is installed elsewhere
/// keeps the one that it has built first: it does without cargo then, and without the workspace, and whatever becomes of the
/// sources there, both speak the same.
pub fn agent() -> Result<PathBuf> {
    let workspace = workspace()?;
    let build = || {
        let sources = workspace.display();
        ensure!(workspace.is_dir(), "its sources have gone from {sources} before it was used once: install it again");
        let mut programs = build(workspace, &["agent".to_string()])?;
        programs.remove("agent").context("the agent's program")
    };
    if env::current_exe().context("find this program")?.starts_with(workspace) {
        return build();
    }
    let folder = cache::folder()?.join("agents");
    let kept = folder.join(CacheKey::default().this_program()?.finish());
    if !kept.exists() {
        cache::delete_unused(&folder);
        let mut copy = cache::nameless_file(&folder)?;
        io::copy(&mut File::open(build()?)?, &mut copy).context("copy the agent")?;
        cache::publish(&copy, &kept)?;
    }
    cache::used(&kept);
    Ok(kept)
}

/// Builds the program that runs a notebook's cells. It loads them as shared objects, which a static program cannot, and has
/// the standard library in common with them, and so the buffer of standard output.
pub fn cell() -> Result<PathBuf> {
    let mut programs = build_linked(workspace()?, &["cell".to_string()], "-Cprefer-dynamic")?;
    programs.remove("cell").context("the program that runs cells")
}

/// Builds Jupyter's kernel in `folder`. It is a workspace of its own, whose first build, by `ci/setup.sh --notebook`, takes
/// minutes.
pub fn jupyter_kernel(folder: &Path) -> Result<()> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace()?.join("lab/jupyter")).args([
        "build",
        "--quiet",
        "--release",
        "--locked",
        "--target-dir",
    ]);
    // rust-analyzer's crates ask for this variable while they are compiled, and are compiled anew when it changes.
    command.env_remove("CI");
    let status = command.arg(folder).stdin(Stdio::null()).status().context("start cargo")?;
    ensure!(status.success(), "lab/jupyter does not build");
    Ok(())
}

/// The agent for the kernel in a browser; see [`build_for_browser`].
pub fn agent_for_browser(libraries: &Path) -> Result<PathBuf> {
    let mut programs = build_for_browser(workspace()?, &["agent".to_string()], libraries)?;
    programs.remove("agent").context("the agent's program")
}

fn workspace() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the tool's workspace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_says_of_its_progress_is_no_complaint() {
        let said = "   Compiling agent v0.1.0 (/x)\nwarning: unused variable: `x`\n --> src/main.rs:1:2\n  |\n1 |     let x = 1;\n\
                    warning: `agent` (bin \"agent\") generated 1 warning\n\
                    \x20   Finished `guest` profile [optimized] target(s) in 0.05s\n";
        let kept = "warning: unused variable: `x`\n --> src/main.rs:1:2\n  |\n1 |     let x = 1;\n";
        assert_eq!(without_progress(said.as_bytes()), kept);
    }
}
