//! The Jupyter kernel "Rust (lab)": evcxr compiles the cells of a notebook on this machine, and `cargo lab dev relay` runs them
//! inside a fresh Linux of the lab's.
//!
//! Jupyter starts this program, which lays the [`wire`] and starts itself once more, to be evcxr behind it. evcxr starts its
//! own program once more, with `EVCXR_IS_RUNTIME` set, for the process that runs the cells, and interrupts a cell by killing
//! that process. Here it is a mere shell around the relay, which outlives it for long enough to say what has happened. With
//! `--compile`, it only compiles what cells will need.

mod ahead;
mod folder;
mod message;
mod parent;
mod progress;
mod teller;
mod wire;
mod zmtp;

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, ExitCode, ExitStatus},
};

/// Set for the process that is evcxr.
const BEHIND_WIRE: &str = "CROSSINGS_BEHIND_WIRE";

fn main() -> Result<ExitCode> {
    if env::var_os("EVCXR_IS_RUNTIME").is_some() {
        return match env::var_os("CROSSINGS_LAB") {
            Some(lab) => relay(&lab),
            // Plain evcxr, to compare with: its main function runs the cells.
            None => evcxr_jupyter::main().map(|()| ExitCode::SUCCESS),
        };
    }
    if env::args().nth(1).as_deref() == Some("--compile") {
        let folder = folder::take().context("find a folder to build the cells in")?;
        // SAFETY: there is no other thread yet.
        unsafe { env::set_var("EVCXR_TMPDIR", &folder.path) };
        return ahead::compile(&folder).map(|()| ExitCode::SUCCESS);
    }
    let Some(file) = env::args_os().skip(1).skip_while(|argument| argument != "--control_file").nth(1) else {
        bail!("Jupyter starts this program: `make notebook` opens it");
    };
    parent::follow().context("watch the process that started this kernel")?;
    if env::var_os(BEHIND_WIRE).is_some() {
        return evcxr_jupyter::main().map(|()| ExitCode::SUCCESS);
    }
    let line = wire::Line::of(Path::new(&file))?;
    let folder = folder::take().context("find a folder to build the cells in")?;
    let mut evcxr = Command::new(env::current_exe().context("find this program")?);
    evcxr.arg("--control_file").arg(line.lay(&folder.path)?);
    evcxr.env(BEHIND_WIRE, "1").env("EVCXR_TMPDIR", &folder.path);
    // evcxr_jupyter would bring the user's kernel "Rust" up to date, and put this program in its place.
    evcxr.env("JUPYTER_PATH", folder.path.join("no-kernels"));
    Ok(code(evcxr.status().context("start evcxr")?))
}

/// The exit code of a process that another stands for.
fn code(status: ExitStatus) -> ExitCode {
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs `cargo lab dev relay` and ends as it does.
fn relay(lab: &OsStr) -> Result<ExitCode> {
    let mut command = Command::new(lab);
    command.args(["dev", "relay"]);
    // SAFETY: prctl(2) is async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))?;
            Ok(())
        })
    };
    let status = command.status().with_context(|| format!("start {}", lab.display()))?;
    Ok(code(status))
}
