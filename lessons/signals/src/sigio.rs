//! SIGIO: any file that supports it sends a signal when it becomes ready.

use crate::ticker::Ticker;
use nix::{Result, errno::Errno, libc};
use std::os::fd::{AsFd, AsRawFd};

/// fcntl(2): which signal to send instead of SIGIO; 0 for SIGIO. From
/// include/uapi/asm-generic/fcntl.h.
const F_SETSIG: i32 = 10;

/// `si_code` of such a signal: there is something to read. From
/// include/uapi/asm-generic/siginfo.h.
pub const POLL_IN: i32 = 1;

// ANCHOR: ask
/// Has the ticker send this process `signal` when it can be read. With another signal than
/// 0 it is queued like any other and tells which file it comes from; with 0 it is a plain
/// SIGIO.
pub fn ask(ticker: &Ticker, signal: i32) -> Result<()> {
    let fd = ticker.as_fd().as_raw_fd();
    // SAFETY: these commands take an integer.
    unsafe {
        Errno::result(libc::fcntl(fd, libc::F_SETOWN, libc::getpid()))?;
        Errno::result(libc::fcntl(fd, F_SETSIG, signal))?;
        Errno::result(libc::fcntl(fd, libc::F_SETFL, libc::O_ASYNC))?;
    }
    Ok(())
}
// ANCHOR_END: ask
