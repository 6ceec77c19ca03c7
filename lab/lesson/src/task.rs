//! Watching another task, a thread or a process, without depending on how long anything takes.

use crate::patience::until;
use nix::{libc::c_long, unistd::Pid};
use std::{fs, io, time::Duration};

/// How long [`wait_until`] waits: much longer than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

// ANCHOR: asleep
/// Waits until the task sleeps in the system call `number`. Returns the kernel function in
/// which it does, from proc_pid_wchan(5). TimedOut: it never slept there.
pub fn asleep_in(task: Pid, number: c_long) -> io::Result<String> {
    wait_until(|| {
        // "running", or the number and arguments of the call in which it sleeps.
        let call = fs::read_to_string(format!("/proc/{task}/syscall"))?;
        let sleeps = call.split_whitespace().next() == Some(&number.to_string());
        sleeps.then(|| fs::read_to_string(format!("/proc/{task}/wchan"))).transpose()
    })
}
// ANCHOR_END: asleep

/// Looks again and again until there is an answer. TimedOut: there was none in ten seconds, counted in
/// naps; see [`crate::patience`].
pub fn wait_until<T>(mut look: impl FnMut() -> io::Result<Option<T>>) -> io::Result<T> {
    until(PATIENCE, || look().transpose()).unwrap_or(Err(io::ErrorKind::TimedOut.into()))
}

/// A line of proc_pid_status(5), without its name.
pub fn status(task: Pid, name: &str) -> io::Result<String> {
    let status = fs::read_to_string(format!("/proc/{task}/status"))?;
    let mut lines = status.lines().filter_map(|line| line.split_once(":\t"));
    let line = lines.find(|(found, _)| *found == name).ok_or(io::ErrorKind::NotFound)?;
    Ok(line.1.trim().to_owned())
}
