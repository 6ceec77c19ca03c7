//! Who did it.

use nix::{Result, errno::Errno, libc};
use std::{
    fs,
    os::fd::{AsRawFd, OwnedFd},
};

// ANCHOR: name
/// The name of a process, from proc_pid_comm(5). ENOENT: nobody has this number.
pub fn name(pid: i32) -> Result<String> {
    let name = lesson::errno(fs::read_to_string(format!("/proc/{pid}/comm")))?;
    Ok(name.trim_end().into())
}
// ANCHOR_END: name

// ANCHOR: kill
/// pidfd_send_signal(2) of SIGKILL: ends this process, and no other that has its number.
/// ESRCH: it has ended.
pub fn kill(pidfd: &OwnedFd) -> Result<()> {
    let no_info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: a descriptor, a number, no siginfo, and no flags.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            libc::SIGKILL,
            no_info,
            0,
        )
    };
    Errno::result(sent).map(drop)
}
// ANCHOR_END: kill
