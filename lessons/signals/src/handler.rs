//! A handler: the program is interrupted wherever it is.

use crate::ticker::{self, Start};
use nix::{
    Result,
    errno::Errno,
    libc::{self, c_int, c_void, siginfo_t},
};
use std::{
    mem::{self, MaybeUninit},
    os::fd::{AsFd, AsRawFd},
    ptr,
    sync::atomic::{
        AtomicI32, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
};

/// What a siginfo says of a signal from our driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// `si_signo`: which signal.
    pub signal: i32,
    /// `si_code`: how it was sent; [`libc::SI_TIMER`] by our driver.
    pub code: i32,
    /// `si_pid`, for a code that names a sender.
    pub pid: i32,
    /// `si_uid`, likewise.
    pub uid: u32,
    /// `si_value`: the integer.
    pub value: i32,
}

impl Info {
    /// # Safety
    /// `info` was filled in by the kernel for a signal whose code is `SI_TIMER`, `SI_QUEUE`
    /// or `SI_USER`.
    pub(crate) unsafe fn new(info: &siginfo_t) -> Info {
        // SAFETY: with these codes all fields are there, as the caller promises; `SI_TIMER`
        // has others of the same size in the place of the two of the sender.
        let (pid, uid, value) =
            unsafe { (info.si_pid(), info.si_uid(), info.si_value().sival_ptr as i32) };
        Info { signal: info.si_signo, code: info.si_code, pid, uid, value }
    }
}

// ANCHOR: handler
/// What the handler has seen: filled from the front, read when `SEEN` says so.
static SEEN: AtomicUsize = AtomicUsize::new(0);
static INFOS: [[AtomicI32; 3]; 16] = [const { [const { AtomicI32::new(0) }; 3] }; 16];

/// A handler may run between any two instructions, so it may use nothing that those could
/// be in the middle of: no lock, no allocation, no println. Atomics are fine.
extern "C" fn note(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a siginfo, and our driver sends SI_TIMER.
    let info = unsafe { Info::new(&*info) };
    let seen = SEEN.load(Relaxed);
    if let Some(place) = INFOS.get(seen) {
        for (place, field) in place.iter().zip([info.signal, info.code, info.value]) {
            place.store(field, Relaxed);
        }
    }
    SEEN.store(seen + 1, Release);
}
// ANCHOR_END: handler

/// How many signals the handler has seen since [`Handler::new`].
pub fn seen() -> usize {
    SEEN.load(Acquire)
}

/// What the handler has noted of the `n`th signal, of which it remembers the first sixteen:
/// the signal, its code and its integer.
pub fn info(n: usize) -> Option<[i32; 3]> {
    let fields = INFOS.get(n).filter(|_| n < seen())?;
    Some(fields.each_ref().map(|field| field.load(Relaxed)))
}

/// The ticker that [`start_interrupted`] starts, or -1.
static TICKER: AtomicI32 = AtomicI32::new(-1);

// ANCHOR: start_interrupted
/// Starts the ticker as soon as a read of it was interrupted. The driver knows, because it
/// has let the reader go. It leaves errno as it was: the program may be between a call that
/// has failed and its look at errno.
extern "C" fn start_interrupted(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let errno = Errno::last_raw();
    note(signal, info, context);
    let ticker = TICKER.load(Relaxed);
    if ticker::counts(ticker).is_ok_and(|counts| counts.interrupted > 0) {
        // EBUSY when the handler runs again: then it ticks, which is all we want.
        let _ = ticker::start(ticker, Start { count: 1, period: 1000 });
    }
    Errno::set_raw(errno);
}
// ANCHOR_END: start_interrupted

/// Whether a system call that was interrupted is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// It fails with EINTR.
    Fails,
    /// It is, where signal(7) says so: `SA_RESTART`.
    Restarts,
}

/// A handler for a signal. Dropping it puts back what was there before.
pub struct Handler {
    signal: i32,
    before: libc::sigaction,
}

impl Handler {
    /// sigaction(2): notes what arrives. EINVAL: no such signal, or one that cannot be
    /// handled.
    pub fn new(signal: i32, interrupted: Interrupted) -> Result<Handler> {
        install(signal, interrupted, note)
    }

    /// sigaction(2) with `SA_RESTART`: also starts `ticker` once a read of it was
    /// interrupted.
    pub fn starting(signal: i32, ticker: &impl AsFd) -> Result<Handler> {
        TICKER.store(ticker.as_fd().as_raw_fd(), Relaxed);
        install(signal, Interrupted::Restarts, start_interrupted)
    }
}

type Action = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

// ANCHOR: install
fn install(signal: i32, interrupted: Interrupted, handler: Action) -> Result<Handler> {
    SEEN.store(0, Release);
    // SAFETY: zeros are a sigaction with an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    if interrupted == Interrupted::Restarts {
        action.sa_flags |= libc::SA_RESTART;
    }
    let mut before = MaybeUninit::uninit();
    // SAFETY: the handler does only what signal-safety(7) allows.
    Errno::result(unsafe { libc::sigaction(signal, &action, before.as_mut_ptr()) })?;
    // SAFETY: the call has succeeded, so it has filled this in.
    Ok(Handler { signal, before: unsafe { before.assume_init() } })
}
// ANCHOR_END: install

impl Drop for Handler {
    fn drop(&mut self) {
        // SAFETY: this is the action that was there before.
        unsafe { libc::sigaction(self.signal, &self.before, ptr::null_mut()) };
    }
}
