//! The process at the other end.

use nix::{
    errno::Errno,
    libc,
    sys::{
        signal::{Signal, kill},
        wait::waitpid,
    },
    unistd::{ForkResult, Pid, fork},
};
use std::io::Result;

// ANCHOR: partner
/// A child that answers until it is dropped, or until this process ends.
pub struct Partner(Pid);

impl Partner {
    /// fork(2). The child calls `answer` over and over, until that fails.
    pub fn start(mut answer: impl FnMut() -> Result<()>) -> Result<Partner> {
        // SAFETY: the lesson has one thread, so the child has all there is.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Partner(child)),
            ForkResult::Child => {
                // SAFETY: no pointers. Whoever waits for answers is gone: so are we.
                unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
                while answer().is_ok() {}
                // SAFETY: ends the process, without writing out the parent's buffers again.
                unsafe { libc::_exit(1) }
            }
        }
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        self.0
    }
}
// ANCHOR_END: partner

impl Drop for Partner {
    fn drop(&mut self) {
        // It is our child and has not been waited for, so both work.
        let _ = kill(self.0, Signal::SIGKILL);
        while waitpid(self.0, None) == Err(Errno::EINTR) {}
    }
}
