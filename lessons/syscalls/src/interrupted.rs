//! A child that is interrupted in a call that waits.

use crate::{
    call::Lines,
    tracer::{Event, Tracer},
};
use lesson::child::Child;
use nix::{
    Result,
    errno::Errno,
    libc::{self, c_int},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction},
        socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socketpair},
    },
    unistd::read,
};
use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

/// Where the handler writes to, or -1.
static WAKE: AtomicI32 = AtomicI32::new(-1);

// ANCHOR: handler
/// Sends the byte that the interrupted call was waiting for.
extern "C" fn wake(_signal: c_int) {
    // The code that was interrupted may be about to look at errno, so leave it as it was.
    let errno = Errno::last_raw();
    // SAFETY: signal-safety(7) allows write(2), and one byte is there to be written.
    unsafe { libc::write(WAKE.load(Relaxed), b"!".as_ptr().cast(), 1) };
    Errno::set_raw(errno);
}
// ANCHOR_END: handler

/// A pair of sockets. The handler for SIGUSR1 writes to the one, the child waits at the
/// other.
pub struct Pair {
    near: OwnedFd,
    _far: OwnedFd,
}

impl Pair {
    /// sigaction(2) with `flags`, and socketpair(2).
    pub fn new(flags: SaFlags) -> Result<Pair> {
        let (near, far) = socketpair(
            AddressFamily::Unix,
            SockType::Stream,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        WAKE.store(far.as_raw_fd(), Relaxed);
        let action = SigAction::new(SigHandler::Handler(wake), flags, SigSet::empty());
        // SAFETY: the handler does only what signal-safety(7) allows.
        unsafe { sigaction(Signal::SIGUSR1, &action) }?;
        Ok(Pair { near, _far: far })
    }

    /// recv(2): waits for the byte.
    pub fn recv(&self) -> Result<usize> {
        recv(self.near.as_raw_fd(), &mut [0], MsgFlags::empty())
    }

    /// poll(2): waits until the byte can be read. Returns how many files are ready.
    pub fn poll(&self) -> Result<i32> {
        let mut files = [PollFd::new(self.near.as_fd(), PollFlags::POLLIN)];
        poll(&mut files, PollTimeout::NONE)
    }
}

// ANCHOR: interrupt
/// Does `work` in a child, and sends it SIGUSR1 just as it enters its first call. Returns a
/// line for everything that it did.
pub fn interrupt(work: impl FnOnce() -> i32) -> Result<Vec<String>> {
    let mut tracer = Tracer::start(work)?;
    let (mut lines, mut story, mut sent) = (Lines::default(), Vec::new(), false);
    loop {
        let event = tracer.next_stop()?;
        story.extend(lines.line(&event));
        match event {
            Event::Enters(_) if !sent => {
                kill(tracer.child, Signal::SIGUSR1)?;
                sent = true;
            }
            Event::Ended(_) => return Ok(story),
            _ => {}
        }
    }
}
// ANCHOR_END: interrupt

// ANCHOR: vfork
/// A child that waits in vfork(2) until a child of its own has ended, which does so when
/// `last` is closed. It has a handler for SIGUSR1.
pub fn waits_in_vfork(until: OwnedFd, last: &OwnedFd) -> Result<Child> {
    let _handler = Pair::new(SaFlags::empty())?;
    Child::start(|| {
        // SAFETY: closes the copy of this child, which uses it for nothing else.
        unsafe { libc::close(last.as_raw_fd()) };
        let flags = libc::CLONE_VFORK | libc::SIGCHLD;
        // SAFETY: without CLONE_VM this is a fork(2) that waits.
        match unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) } {
            0 => read(&until, &mut [0]).map(drop),
            child => Errno::result(child).map(drop),
        }
    })
}
// ANCHOR_END: vfork

// ANCHOR: retry
/// Makes a call until it is not interrupted.
pub fn retry<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
// ANCHOR_END: retry
