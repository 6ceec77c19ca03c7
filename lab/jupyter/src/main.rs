//! The Jupyter kernel "Rust (lab)": evcxr compiles the cells of a notebook on this machine, and `cargo lab dev relay` runs them
//! inside a fresh Linux of the lab's.
//!
//! evcxr starts its own program once more, with `EVCXR_IS_RUNTIME` set, for the process that runs the cells, and
//! interrupts a cell by killing that process. Here it is a mere shell around the relay, which outlives it for long
//! enough to say what has happened.

mod folder;
mod parent;

use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

fn main() -> Result<ExitCode> {
    if env::var_os("EVCXR_IS_RUNTIME").is_some() {
        return match env::var_os("CROSSINGS_LAB") {
            Some(lab) => relay(&lab),
            // Plain evcxr, to compare with: its main function runs the cells.
            None => evcxr_jupyter::main().map(|()| ExitCode::SUCCESS),
        };
    }
    if env::args().nth(1).as_deref() != Some("--control_file") {
        bail!("Jupyter starts this program: `make notebook` opens it");
    }
    parent::follow().context("watch the process that started this kernel")?;
    let folder = folder::take().context("find a folder to build the cells in")?;
    // SAFETY: the only other thread sleeps in poll(2) and looks at no variable.
    unsafe {
        env::set_var("EVCXR_TMPDIR", &folder.path);
        // evcxr_jupyter would bring the user's kernel "Rust" up to date, and put this program in its place.
        env::set_var("JUPYTER_PATH", folder.path.join("no-kernels"));
    }
    evcxr_jupyter::main()?;
    Ok(ExitCode::SUCCESS)
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
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
