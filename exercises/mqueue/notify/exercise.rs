//! Being told of messages by a signal: mq_notify(3).

use lesson::errno;
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::signal::{SigEvent, SigSet, SigevNotify, Signal},
};
use posixmq::PosixMq;
use std::{ops::ControlFlow, os::fd::AsRawFd};

/// The signal that says that there is something in the queue.
const SIGNAL: Signal = Signal::SIGUSR1;

/// Hands every message of the queue, which is open with `O_NONBLOCK`, to `take` until that breaks. Sleeps while there is
/// none. EBUSY: somebody else is told of its messages.
pub fn serve(queue: &PosixMq, mut take: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<()> {
    let signals = SigSet::from_iter([SIGNAL]);
    signals.thread_block()?;
    notify(queue)?;
    loop {
        signals.wait()?;
        while let Some(message) = receive(queue)? {
            if take(&message).is_break() {
                return Ok(());
            }
        }
    }
}

/// mq_notify(3): `SIGNAL` comes with the next message that comes to the queue while that is empty.
fn notify(queue: &PosixMq) -> Result<()> {
    let event = SigEvent::new(SigevNotify::SigevSignal { signal: SIGNAL, si_value: 0 }).sigevent();
    // SAFETY: the kernel reads one sigevent. The signal is blocked, and so it calls nothing of ours.
    Errno::result(unsafe { libc::syscall(libc::SYS_mq_notify, queue.as_raw_fd(), &raw const event) }).map(drop)
}

/// The next message, if there is one.
fn receive(queue: &PosixMq) -> Result<Option<Vec<u8>>> {
    let mut message = vec![0; errno(queue.attributes())?.max_msg_len];
    match errno(queue.recv(&mut message)) {
        Ok((_, length)) => {
            message.truncate(length);
            Ok(Some(message))
        }
        Err(Errno::EAGAIN) => Ok(None),
        Err(errno) => Err(errno),
    }
}
