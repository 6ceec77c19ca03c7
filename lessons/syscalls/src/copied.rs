//! Two habits of widely copied programs, and what to do instead.

use crate::interrupted::{Pair, retry};
use lesson::child::Child;
use nix::{Result, errno::Errno, libc};
use std::{fs::File, os::fd::IntoRawFd};

// ANCHOR: late
/// Makes a call that fails, reports it, tidies up, and then looks at errno.
fn errno_late(fd: i32) -> Errno {
    // SAFETY: no file has this request, the text is a C string, and `fd` is closed once.
    unsafe {
        libc::ioctl(fd, NO_SUCH_REQUEST);
        libc::perror(c"ioctl".as_ptr());
        libc::close(fd);
    }
    Errno::last()
}
// ANCHOR_END: late

/// The same, but looks at errno at once.
fn errno_at_once(fd: i32) -> Errno {
    // SAFETY: as above.
    let result = Errno::result(unsafe { libc::ioctl(fd, NO_SUCH_REQUEST) });
    // SAFETY: as above.
    unsafe {
        libc::perror(c"ioctl".as_ptr());
        libc::close(fd);
    }
    result.err().unwrap_or(Errno::UnknownErrno)
}

const NO_SUCH_REQUEST: libc::Ioctl = 0xc5ff;

/// What the first of the two finds, in a child whose standard error is closed.
pub fn read_errno_late() -> Result<()> {
    without_stderr(errno_late)
}

/// What the second finds there.
pub fn read_errno_at_once() -> Result<()> {
    without_stderr(errno_at_once)
}

fn without_stderr(report: fn(i32) -> Errno) -> Result<()> {
    Child::start(|| {
        let file = File::open("/dev/null").map_err(|_| Errno::ENOENT)?;
        // SAFETY: the child is about to end, and prints nothing more.
        unsafe { libc::close(libc::STDERR_FILENO) };
        Err(report(file.into_raw_fd()))
    })?
    .wait()
}

// ANCHOR: loop
/// Takes events until poll(2) returns no more of them. Returns how many.
pub fn until_poll_fails(pair: &Pair) -> i32 {
    let mut events = 0;
    while matches!(pair.poll(), Ok(1..)) && pair.recv().is_ok() {
        events += 1;
    }
    events
}
// ANCHOR_END: loop

/// The same, but goes on when it was interrupted, and ends after one event.
pub fn until_one_came(pair: &Pair) -> i32 {
    let mut events = 0;
    while events < 1 && retry(|| pair.poll()).is_ok() && pair.recv().is_ok() {
        events += 1;
    }
    events
}
