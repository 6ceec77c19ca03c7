//! Being told of a message instead of waiting for it: mq_notify(3).

use nix::{
    Result,
    errno::Errno,
    libc,
    sys::{
        signal::{SigEvent, SigSet, SigevNotify, SigmaskHow, Signal},
        signalfd::{SfdFlags, SignalFd, siginfo},
    },
};
use posixmq::PosixMq;
use std::{os::fd::AsRawFd, ptr};

/// `si_code` of such a signal. From include/uapi/asm-generic/siginfo.h.
pub const SI_MESGQ: i32 = -3;

// ANCHOR: notify
/// mq_notify(3): the next message that comes to this queue while it is empty, and while
/// nobody waits for it, sends this process `signal` with `value`. EBUSY: somebody is
/// registered already, be it ourselves.
pub fn notify(queue: &PosixMq, signal: Signal, value: isize) -> Result<()> {
    let event =
        SigEvent::new(SigevNotify::SigevSignal { signal, si_value: value }).sigevent();
    mq_notify(queue, &event)
}

/// mq_notify(3) without an event: takes our registration back, if there is one.
pub fn cancel(queue: &PosixMq) -> Result<()> {
    mq_notify(queue, ptr::null())
}

fn mq_notify(queue: &PosixMq, event: *const libc::sigevent) -> Result<()> {
    // SAFETY: the kernel reads one sigevent, or none if the pointer is null. A signal calls
    // nothing of ours by itself; that is left to the handler, and we install none.
    let result = unsafe { libc::syscall(libc::SYS_mq_notify, queue.as_raw_fd(), event) };
    Errno::result(result).map(drop)
}
// ANCHOR_END: notify

/// A signal that is not delivered but read. Dropping this lets it through again.
#[derive(Debug)]
pub struct Inbox {
    signals: SignalFd,
    before: SigSet,
}

impl Inbox {
    /// Blocks the signal and makes a signalfd(2) for it, which does not block.
    pub fn new(signal: Signal) -> Result<Inbox> {
        let set = SigSet::from_iter([signal]);
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Inbox { signals: SignalFd::with_flags(&set, flags)?, before })
    }

    /// The signal, if one is pending.
    pub fn take(&self) -> Result<Option<siginfo>> {
        self.signals.read_signal()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // One that is still pending would end us now. It worked with the other mask, so
        // setting this one works too.
        while let Ok(Some(_)) = self.take() {}
        let _ = self.before.thread_set_mask();
    }
}
