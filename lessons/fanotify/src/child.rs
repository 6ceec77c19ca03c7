//! The other processes: those who open files, and those who listen.

use lesson::{child::Child, task};
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
};
use std::{ffi::CStr, io};

// ANCHOR: stranger
/// A child called `name` (at most 15 bytes) that does `work` and ends. It has none of our
/// files, like a program that was executed: a group stays open as long as anybody has it.
pub fn stranger(name: &CStr, work: impl FnOnce() -> Result<()>) -> Result<Child> {
    Child::named(name, || {
        // SAFETY: the child has one thread, which from here on uses no file that was open
        // before, and ends with _exit(2).
        Errno::result(unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) })?;
        work()
    })
}
// ANCHOR_END: stranger

/// Has this process run a handler for `SIGUSR1`, so that it interrupts what can be
/// interrupted.
pub fn handle_sigusr1() -> Result<()> {
    extern "C" fn handler(_: libc::c_int) {}
    let handler = SigHandler::Handler(handler);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}

/// Whether a signal has been sent to the child that it has not taken.
pub fn is_pending(child: &Child, signal: Signal) -> io::Result<bool> {
    let pending = u64::from_str_radix(&task::status(child.pid(), "ShdPnd")?, 16);
    let pending = pending.map_err(io::Error::other)?;
    Ok(pending & 1 << (signal as i32 - 1) != 0)
}
