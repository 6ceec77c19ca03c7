//! Sets of signals, and blocking them: what all ways but a handler begin with.

use nix::{
    Result, libc,
    sys::signal::{SigSet, SigmaskHow},
};
use std::mem::MaybeUninit;

/// A set of these signals.
pub fn of(signals: &[i32]) -> SigSet {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset(3) initialises the set, and sigaddset(3) refuses what is no
    // signal.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        SigSet::from_sigset_t_unchecked(set.assume_init())
    }
}

// ANCHOR: blocked
/// Signals that this thread does not take while this exists. They stay pending.
pub struct Blocked {
    before: SigSet,
}

impl Blocked {
    /// pthread_sigmask(3) with `SIG_BLOCK`.
    pub fn new(signals: &[i32]) -> Result<Blocked> {
        let before = of(signals).thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        Ok(Blocked { before })
    }
}
// ANCHOR_END: blocked

impl Blocked {
    /// sigsuspend(2): takes signals again until a handler has run, and returns when it has.
    /// No signal can slip in between the two steps.
    pub fn suspend(&self) -> Result<()> {
        self.before.suspend()
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // It worked with the other mask, so it works with this one.
        let _ = self.before.thread_set_mask();
    }
}
