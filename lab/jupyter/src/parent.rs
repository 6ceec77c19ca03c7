//! Ends this process with the one that started it, which is Jupyter: killed, it cannot ask its kernels to stop.

use rustix::{
    event::{PollFd, PollFlags, poll},
    process::{PidfdFlags, getppid, pidfd_open},
};
use std::{io, process, thread};

/// Follows the parent from now on; pidfd_open(2).
pub fn follow() -> io::Result<()> {
    let Some(parent) = getppid() else { return Ok(()) };
    let parent = pidfd_open(parent, PidfdFlags::empty())?;
    thread::spawn(move || {
        // A descriptor of a process is readable once it has ended. EINTR: look again.
        while poll(&mut [PollFd::new(&parent, PollFlags::IN)], None).is_err() {}
        process::exit(1);
    });
    Ok(())
}
