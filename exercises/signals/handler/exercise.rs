//! A daemon that is told by signals what to do: by SIGHUP to read its settings anew, by SIGTERM to end.

use nix::{
    Result,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    unistd::pause,
};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

static RELOAD: AtomicBool = AtomicBool::new(false);
static END: AtomicBool = AtomicBool::new(false);

/// Takes note of a signal. Everything else must wait: signal-safety(7) allows next to nothing here.
extern "C" fn note(signal: libc::c_int) {
    let flag = if signal == libc::SIGHUP { &RELOAD } else { &END };
    flag.store(true, SeqCst);
}

/// Calls `reload` after a SIGHUP, once for several that came together, and returns after a SIGTERM. Sleeps while there
/// is no signal. The program has only this thread. Its signal mask is afterwards what it was, and what the caller has
/// blocked stays blocked meanwhile.
pub fn serve(mut reload: impl FnMut()) -> Result<()> {
    let action = SigAction::new(SigHandler::Handler(note), SaFlags::empty(), SigSet::empty());
    for signal in [Signal::SIGHUP, Signal::SIGTERM] {
        // SAFETY: the handler only stores to an atomic, which is async-signal-safe.
        unsafe { sigaction(signal, &action) }?;
    }
    while !END.load(SeqCst) {
        if RELOAD.swap(false, SeqCst) {
            reload();
        } else {
            pause();
        }
    }
    Ok(())
}
