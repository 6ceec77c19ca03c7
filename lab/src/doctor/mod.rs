//! `cargo lab doctor`: what the course needs of this machine, what is there, and how to mend the rest.

mod kvm;

use crate::{
    book::lint::spelling,
    build, cache,
    report::spinner::Step,
    vm::{
        emulator::{
            accelerator, processor,
            qemu::{self, Accelerator},
        },
        kernel::Kernel,
        kernels::{self, DEFAULT, IN_BOOK},
    },
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

/// The command that installs whatever is missing.
const MEND: &str = "ci/setup.sh";

/// The versions that the book is built with; `ci/setup.sh` says why they are pinned.
const TOOLS: [(&str, &str); 2] = [("mdbook", "0.4.52"), ("mdbook-cmdrun", "0.7.3")];

/// The oldest compiler that the workspace's `rust-version` allows.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// What to look at.
#[derive(clap::Args)]
pub struct Options {
    /// Try KVM thoroughly instead: boots, clones and runs every lesson with it, and says what to report (a few minutes)
    #[arg(long)]
    kvm: bool,
}

/// Runs the command. Fails if anything is missing.
pub fn command(options: &Options) -> Result<ExitCode> {
    if options.kvm {
        return kvm::command();
    }
    let mut well = true;
    let mut tell = |what: &str, found: Result<String>| match found {
        Ok(found) => println!("ok       {what:16} {found}"),
        Err(error) => {
            well = false;
            println!("MISSING  {what:16} {error:#}");
        }
    };
    tell("system", system());
    tell("rust", rust());
    tell("make", version_of("make", "--version"));
    // Building a module under W=1 runs a Perl script, which wants more than a minimal system's Perl.
    tell("perl", perl());
    // Whoever has brought more of them wants to know that they are whole.
    let more = kernels::there().into_iter().map(|kernel| kernel.name);
    let more = more.filter(|name| !IN_BOOK.contains(&name.as_str()));
    for kernel in IN_BOOK.iter().map(ToString::to_string).chain(more) {
        tell(&format!("Linux {kernel}"), kernel_and_compiler(&kernel));
    }
    tell("dictionary", dictionary());
    tell("busybox", busybox());
    tell("QEMU", emulator());
    for (tool, version) in TOOLS {
        tell(tool, pinned(tool, version));
    }
    tell("esbuild", bundler());
    tell("clone", clone());
    if !well {
        println!("\nTo mend all of it: {MEND}");
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(69) })
}

/// The set-up knows Debian and its derivatives on x86-64.
fn system() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("read /etc/os-release")?;
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("unknown").trim_matches('"');
    ensure!(
        cfg!(target_arch = "x86_64") && Path::new("/usr/bin/apt-get").exists(),
        "{name}, {}: the set-up needs apt and x86-64; a Debian 13 machine, virtual machine or container will do",
        std::env::consts::ARCH
    );
    Ok(name.to_string())
}

fn rust() -> Result<String> {
    let version = version_of("rustc", "--version")?;
    let number = version.split(' ').nth(1).unwrap_or_default().to_string();
    let parts = |text: &str| text.split(['.', '-']).map_while(|part| part.parse::<u32>().ok()).collect::<Vec<_>>();
    ensure!(parts(&number) >= parts(RUST), "{number} is too old, {RUST} or newer is needed: rustup update");
    Ok(number)
}

fn dictionary() -> Result<String> {
    ensure!(Path::new(spelling::DICTIONARY).is_file(), "{} is missing: {MEND}", spelling::DICTIONARY);
    Ok(spelling::DICTIONARY.to_string())
}

fn version_of(program: &str, flag: &str) -> Result<String> {
    let output =
        Command::new(program).arg(flag).output().with_context(|| format!("{program} is not installed: {MEND}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_string).with_context(|| format!("{program} {flag} printed nothing"))
}

fn perl() -> Result<String> {
    let script = ["-MPod::Usage", "-e", "print $^V"];
    let output =
        Command::new("perl").args(script).output().with_context(|| format!("perl is not installed: {MEND}"))?;
    ensure!(output.status.success(), "perl lacks Pod::Usage: {MEND}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn kernel_and_compiler(name: &str) -> Result<String> {
    let kernel = Kernel::find(name)?;
    let compiler = version_of(&kernel.cc, "--version")?;
    Ok(format!("{} ({compiler})", kernel.release))
}

fn busybox() -> Result<String> {
    let path = cache::folder()?.join("busybox");
    ensure!(path.exists(), "not in {}: {MEND}", path.display());
    Ok(path.display().to_string())
}

/// Software emulation needs a newer emulator than KVM does; a clone finds out which of them this machine has.
fn emulator() -> Result<String> {
    let emulator = qemu::find()?;
    let version = qemu::version(&emulator)?;
    let accelerator = if accelerator::open_kvm().is_ok() { Accelerator::Kvm } else { Accelerator::Tcg };
    qemu::refuse_old(&version, accelerator)?;
    Ok(format!("{version} ({})", emulator.display()))
}

fn pinned(tool: &str, version: &str) -> Result<String> {
    let path = cache::folder()?.join("tools/bin").join(tool);
    ensure!(path.exists(), "not in {}: {MEND}", path.display());
    // mdbook-cmdrun cannot say its version; the set-up records what it installed.
    let record = cache::folder()?.join("tools/packages");
    let text = fs::read_to_string(&record).with_context(|| format!("read {}", record.display()))?;
    if !text.lines().any(|line| line == format!("{tool} {version}")) {
        bail!("another version than {version} is installed: {MEND}");
    }
    Ok(version.to_string())
}

/// It makes the script of the book's pages.
fn bundler() -> Result<String> {
    let path = cache::folder()?.join("page/modules/node_modules/@esbuild/linux-x64/bin/esbuild");
    version_of(&path.to_string_lossy(), "--version")
}

/// The proof of the whole: a kernel that boots, and a clone of it that answers.
fn clone() -> Result<String> {
    let step = Step::start("cloning a guest");
    let template = build::template(DEFAULT)?;
    template.clone_guest()?;
    drop(step);
    let how = template.choice.accelerator;
    Ok(match how {
        Accelerator::Kvm => format!("by {how} on {}", processor::name()?),
        Accelerator::Tcg => format!("by {how}; {}", template.choice.why.lines().next().unwrap_or_default()),
    })
}
