//! Calls that sleep, made in a thread of their own, so that somebody is awake to watch them, wake
//! them, and interrupt them.

use lesson::task::{self, wait_until};
use nix::{
    errno::Errno,
    libc::c_long,
    sys::{
        pthread::pthread_kill,
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    },
    unistd::{Pid, gettid},
};
use std::{
    ffi::c_int,
    io,
    os::unix::thread::JoinHandleExt,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
};

/// A thread that makes one call.
#[derive(Debug)]
pub struct Caller<T> {
    thread: JoinHandle<T>,
    tid: Pid,
}

impl<T: Send + 'static> Caller<T> {
    /// Starts a thread called `name` (at most 15 bytes) and the call.
    pub fn start(
        name: &str,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Caller<T>> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            let _ = sender.send(gettid());
            call()
        })?;
        let tid = receiver.recv().map_err(io::Error::other)?;
        Ok(Caller { thread, tid })
    }

    /// Waits until the thread sleeps in the system call `number`. Returns where in the kernel.
    pub fn asleep_in(&self, number: c_long) -> io::Result<String> {
        task::asleep_in(self.tid, number)
    }

    /// pthread_kill(3): sends `SIGUSR1` to this thread.
    pub fn signal(&self) -> Result<(), Errno> {
        pthread_kill(self.thread.as_pthread_t(), Signal::SIGUSR1)
    }

    /// Waits for the call to return, and returns what it did.
    pub fn join(self) -> io::Result<T> {
        self.thread.join().map_err(|_| io::Error::other("the calling thread panicked"))
    }
}

// ANCHOR: handle
/// How often the handler ran.
static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handler(_signal: c_int) {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

/// sigaction(2): from now on `SIGUSR1` is counted. `flags` is `SA_RESTART` or nothing.
pub fn handle(flags: SaFlags) -> Result<(), Errno> {
    let action = SigAction::new(SigHandler::Handler(handler), flags, SigSet::empty());
    // SAFETY: the handler only adds to an atomic, which may be done at any time.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}
// ANCHOR_END: handle

/// How often the handler has run so far.
pub fn handled() -> usize {
    HANDLED.load(Ordering::SeqCst)
}

/// Waits until the handler has run `times` times. TimedOut: it has not.
pub fn wait_until_handled(times: usize) -> io::Result<()> {
    wait_until(|| Ok((handled() >= times).then_some(())))
}
