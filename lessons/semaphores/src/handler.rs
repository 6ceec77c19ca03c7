//! A handler for SIGUSR1 that tells us of each of its runs, through a semaphore.

use crate::semaphore::Semaphore;
use nix::{
    Result,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
};
use std::{
    ffi::c_int,
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

// ANCHOR: handler
/// The semaphore that the handler posts, or null.
static RUNS: AtomicPtr<Semaphore> = AtomicPtr::new(ptr::null_mut());

/// sem_post(3) is one of the few calls that signal-safety(7) allows here.
extern "C" fn handler(_signal: c_int) {
    // SAFETY: `handle` has stored a semaphore that lives as long as the program.
    if let Some(runs) = unsafe { RUNS.load(Ordering::Acquire).as_ref() } {
        let _ = runs.post();
    }
}

/// sigaction(2): from now on SIGUSR1 adds 1 to `runs`. `flags` is `SA_RESTART` or nothing.
pub fn handle(flags: SaFlags, runs: &'static Semaphore) -> Result<()> {
    RUNS.store(ptr::from_ref(runs).cast_mut(), Ordering::Release);
    let action = SigAction::new(SigHandler::Handler(handler), flags, SigSet::empty());
    // SAFETY: the handler does only what may be done at any time.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}
// ANCHOR_END: handler
