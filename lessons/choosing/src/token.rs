//! What says that something has happened, and hardly more: a signal and an eventfd.

use crate::{Crossing, partner};
use lesson::child::Child;
use nix::{
    errno::Errno,
    libc,
    sys::eventfd::{EfdFlags, EventFd},
    unistd::{Pid, getpid},
};
use std::{io::Result, mem::MaybeUninit, ptr};

/// A real-time signal that carries an integer, there and back.
struct Signal {
    partner: Child,
}

/// Blocks the signal, for good, and starts the partner, who inherits that.
pub fn signal() -> Result<Box<dyn Crossing>> {
    let set = ours();
    // SAFETY: an initialised set, and no place for the old one.
    let blocked = unsafe { libc::sigprocmask(libc::SIG_BLOCK, &set, ptr::null_mut()) };
    Errno::result(blocked)?;
    let parent = getpid();
    let partner = partner::start(move || sigqueue(parent, sigwaitinfo()?))?;
    Ok(Box::new(Signal { partner }))
}

// ANCHOR: signal
/// sigqueue(3). EAGAIN: too many signals are pending.
fn sigqueue(to: Pid, value: i32) -> Result<()> {
    let value = libc::sigval { sival_ptr: ptr::without_provenance_mut(value as usize) };
    // SAFETY: the value is an integer to the kernel and to the receiver.
    let result = unsafe { libc::sigqueue(to.as_raw(), libc::SIGRTMIN(), value) };
    Errno::result(result)?;
    Ok(())
}

/// sigwaitinfo(2): takes the next one and returns its integer.
fn sigwaitinfo() -> Result<i32> {
    let mut info = MaybeUninit::<libc::siginfo_t>::uninit();
    // SAFETY: an initialised set, and a place for a siginfo.
    Errno::result(unsafe { libc::sigwaitinfo(&ours(), info.as_mut_ptr()) })?;
    // SAFETY: the call has filled it in, and only sigqueue(3) sends this signal.
    let value = unsafe { info.assume_init().si_value() };
    Ok(value.sival_ptr.addr() as i32)
}
// ANCHOR_END: signal

/// The set of the one signal.
fn ours() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset(3) initialises the set.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGRTMIN());
        set.assume_init()
    }
}

impl Crossing for Signal {
    /// The integer.
    fn most(&self) -> usize {
        size_of::<i32>()
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        let mut value = [0; size_of::<i32>()];
        value[..bytes.len()].copy_from_slice(bytes);
        sigqueue(self.partner.pid(), i32::from_ne_bytes(value))?;
        let value = sigwaitinfo()?.to_ne_bytes();
        back.copy_from_slice(&value[..back.len()]);
        Ok(())
    }
}

/// Two counters, one each way.
struct Counters {
    there: EventFd,
    back: EventFd,
    _partner: Child,
}

/// eventfd(2), twice.
pub fn eventfd() -> Result<Box<dyn Crossing>> {
    let [there, back] = [new()?, new()?];
    let partner = partner::start(|| {
        there.read()?;
        back.write(1)?;
        Ok(())
    })?;
    Ok(Box::new(Counters { there, back, _partner: partner }))
}

fn new() -> Result<EventFd> {
    Ok(EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?)
}

// ANCHOR: eventfd
impl Crossing for Counters {
    fn most(&self) -> usize {
        0
    }

    fn round_trip(&mut self, _: &[u8], _: &mut [u8]) -> Result<()> {
        self.there.write(1)?;
        self.back.read()?;
        Ok(())
    }
}
// ANCHOR_END: eventfd
