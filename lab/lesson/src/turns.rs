//! Everybody runs until it waits, so that what happens after a wake-up happens in an order too.

use nix::{Result, errno::Errno, libc};

/// Keeps this thread, and those that it starts, in the policy SCHED_FIFO of sched(7) with one
/// priority: on one processor, none of them takes the place of another that has not gone to sleep
/// or ended. Dropping it puts this thread back into the ordinary policy.
#[derive(Debug)]
pub struct Turns(());

impl Turns {
    /// sched_setscheduler(2). EPERM: you are not root.
    pub fn take() -> Result<Turns> {
        set(libc::SCHED_FIFO, 1).map(|()| Turns(()))
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        // Everybody may have the ordinary policy, so it cannot fail.
        let _ = set(libc::SCHED_OTHER, 0);
    }
}

fn set(policy: libc::c_int, priority: libc::c_int) -> Result<()> {
    let parameters = libc::sched_param { sched_priority: priority };
    // SAFETY: the call reads one sched_param. 0 is this thread.
    Errno::result(unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) })
        .map(drop)
}
