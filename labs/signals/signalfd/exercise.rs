//! A part of an event loop: children that have ended. See signalfd(2) and waitpid(2).

use nix::{
    Result,
    sys::{
        signalfd::SignalFd,
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// The event loop calls this when `children`, a signalfd for SIGCHLD that does not block, can be read. Reaps the children
/// that have ended, and returns how each of them ended. Does not wait for those that run: the loop has other things to do.
pub fn ended(children: &SignalFd) -> Result<Vec<WaitStatus>> {
    let mut ended = Vec::new();
    while let Some(signal) = children.read_signal()? {
        let child = Pid::from_raw(signal.ssi_pid as i32);
        ended.push(waitpid(child, Some(WaitPidFlag::WNOHANG))?);
    }
    Ok(ended)
}
