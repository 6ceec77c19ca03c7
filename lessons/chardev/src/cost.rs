//! What sleeping costs.

use crate::{open_both, read};
use nix::{
    Result,
    fcntl::OFlag,
    libc::c_long,
    sys::resource::{UsageWho, getrusage},
    unistd,
};
use std::{
    fs::File,
    os::fd::OwnedFd,
    thread::{self, JoinHandle},
};

/// How often a thread was taken off its processor, from getrusage(2).
#[derive(Clone, Copy, Debug)]
pub struct Switches {
    /// Because it had to wait.
    pub sleeps: c_long,
    /// For that or any other reason.
    pub all: c_long,
}

/// Counts the switches of this thread during `calls`.
pub fn switches(calls: impl FnOnce()) -> Result<Switches> {
    let before = getrusage(UsageWho::RUSAGE_THREAD)?;
    calls();
    let after = getrusage(UsageWho::RUSAGE_THREAD)?;
    let sleeps = after.voluntary_context_switches() - before.voluntary_context_switches();
    let others =
        after.involuntary_context_switches() - before.involuntary_context_switches();
    Ok(Switches { sleeps, all: sleeps + others })
}

// ANCHOR: echo
/// A thread that sleeps in read(2) of the tube, and answers each byte through a pipe(2).
#[derive(Debug)]
pub struct Echo {
    tube: File,
    answers: OwnedFd,
    thread: JoinHandle<Result<()>>,
}

impl Echo {
    /// Opens the tube and starts the thread.
    pub fn start() -> Result<Echo> {
        let (reader, tube) = open_both(OFlag::empty())?;
        let (answers, pipe) = unistd::pipe()?;
        let thread = thread::spawn(move || {
            while let [byte] = read(&reader, &mut [0])? {
                unistd::write(&pipe, &[*byte])?;
            }
            Ok(())
        });
        Ok(Echo { tube, answers, thread })
    }

    /// Wakes the thread with one byte, and sleeps until it has answered.
    pub fn ask(&self) -> Result<()> {
        unistd::write(&self.tube, b"?")?;
        unistd::read(&self.answers, &mut [0]).map(drop)
    }

    /// Hangs up and waits until the thread has noticed.
    pub fn stop(self) -> Result<()> {
        drop(self.tube);
        self.thread.join().unwrap_or(Err(nix::errno::Errno::ECANCELED))
    }
}
// ANCHOR_END: echo
