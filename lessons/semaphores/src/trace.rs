//! What the kernel does for semaphores, as it recorded it itself.

use lesson::ftrace;
use nix::unistd::getpid;
use std::io;

/// The kernel's function for the futex(2) of a program like this one.
pub const FUTEX: &str = match usize::BITS {
    64 => "__x64_sys_futex",
    _ => "__ia32_sys_futex_time32",
};

/// Does the work, and returns the kernel's record of what our children `waiter` and `poster` did
/// in those functions that `entries` call. Needs root.
///
/// # Errors
/// Those of [`ftrace::tasks`].
pub fn record(
    entries: &str,
    functions: &str,
    work: impl FnOnce() -> io::Result<()>,
) -> io::Result<Vec<String>> {
    let ours = getpid().to_string();
    let only_ours =
        [("set_ftrace_pid", ours.as_str(), ""), ("options/function-fork", "1", "0")];
    ftrace::tasks(&["waiter", "poster"], (entries, functions), &only_ours, work)
}
