//! SIGBUS, the signal of a page that is mapped but cannot be had, caught and survived.

use crate::PAGE_SIZE;
use nix::{
    Result,
    libc::{self, c_int, c_void, siginfo_t},
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
};
use std::sync::atomic::{
    AtomicI32, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

/// What the signal said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bus {
    /// `si_code`: why.
    pub code: i32,
    /// `si_addr`: the address that was touched.
    pub address: usize,
}

static CODE: AtomicI32 = AtomicI32::new(0);
static ADDRESS: AtomicUsize = AtomicUsize::new(0);

// ANCHOR: handler
/// Notes what happened and puts a page of zeros where there was none. On return the
/// processor executes the same instruction again, which would fault for ever if nothing had
/// changed.
extern "C" fn on_sigbus(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo, and for SIGBUS it has an
    // address.
    let (code, address) = unsafe { ((*info).si_code, (*info).si_addr() as usize) };
    CODE.store(code, Relaxed);
    ADDRESS.store(address, SeqCst);

    let page = (address & !(PAGE_SIZE - 1)) as *mut c_void;
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    // SAFETY: MAP_FIXED replaces one page, the one that just turned out to be missing. mmap
    // is a bare system call, so it may be made in a handler. Without a page there is no way
    // on.
    if unsafe { libc::mmap(page, PAGE_SIZE, prot, flags, -1, 0) } == libc::MAP_FAILED {
        // SAFETY: abort(3) may be called in a handler.
        unsafe { libc::abort() };
    }
}
// ANCHOR_END: handler

/// Runs `work` with the handler installed. Returns what it returned, and the last SIGBUS if
/// there was one.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<(T, Option<Bus>)> {
    ADDRESS.store(0, SeqCst);
    let handler = SigHandler::SigAction(on_sigbus);
    let action = SigAction::new(handler, SaFlags::SA_SIGINFO, SigSet::empty());
    // SAFETY: the handler only stores to atomics and makes one system call.
    let before = unsafe { sigaction(Signal::SIGBUS, &action) }?;
    let result = work();
    // SAFETY: this is the action that was there before.
    unsafe { sigaction(Signal::SIGBUS, &before) }?;

    let address = ADDRESS.load(SeqCst);
    let bus = (address != 0).then(|| Bus { code: CODE.load(Relaxed), address });
    Ok((result, bus))
}
