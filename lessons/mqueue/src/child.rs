//! The other process.

use lesson::task;
use nix::{
    Result,
    errno::Errno,
    libc::{self, c_long},
    sys::{
        signal::{Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::io;

/// What is added to an errno to make an exit code of it.
const FAILED: i32 = 128;

/// A process that does one thing. Dropping it kills it, if it is still about.
#[derive(Debug)]
pub struct Child(Pid);

impl Child {
    // ANCHOR: start
    /// fork(2): a process that does `work`, which returns a number below 128, and ends.
    pub fn start(work: impl FnOnce() -> Result<usize>) -> Result<Child> {
        // SAFETY: the lesson has one thread, so nothing that the child uses is locked or
        // half done.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Child(child)),
            ForkResult::Child => {
                let code = work().map_or_else(|errno| FAILED + errno as i32, |n| n as i32);
                // SAFETY: _exit(2) touches nothing: the ceremonies are the parent's.
                unsafe { libc::_exit(code) }
            }
        }
    }
    // ANCHOR_END: start

    /// waitpid(2): what `work` returned. ECHILD: the child was killed.
    pub fn wait(self) -> Result<usize> {
        let status = waitpid(self.0, None);
        std::mem::forget(self);
        match status? {
            WaitStatus::Exited(_, code) if code < FAILED => Ok(code as usize),
            WaitStatus::Exited(_, code) => Err(Errno::from_raw(code - FAILED)),
            _ => Err(Errno::ECHILD),
        }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.0
    }

    /// Waits until it sleeps in the system call `number`. Returns where in the kernel.
    pub fn asleep_in(&self, number: c_long) -> io::Result<String> {
        task::asleep_in(self.0, number)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Neither fails: it is our child, and nobody has waited for it.
        let _ = kill(self.0, Signal::SIGKILL);
        let _ = waitpid(self.0, None);
    }
}
