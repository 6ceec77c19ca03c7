//! The ticker: `/dev/crossings_signals` and its requests.

use nix::{
    Result,
    fcntl::{self, OFlag},
    sys::{eventfd::EventFd, stat::Mode},
    unistd,
};
use std::{
    mem::size_of,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd},
};

/// `struct ticker_start`: so many ticks, so many microseconds apart.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// How many, at most a million.
    pub count: u32,
    /// How far apart, in microseconds: from 100 to a million.
    pub period: u32,
}

/// `struct ticker_notify`: which signal, and what it carries.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Notify {
    /// The signal, or 0 for none.
    pub signal: i32,
    /// What the first one carries; the next carries one more.
    pub value: i32,
}

/// `struct ticker_counts`: what has happened since open(2).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Ticks.
    pub ticks: u64,
    /// Signals that were sent.
    pub sent: u64,
    /// Signals that were not, because too many are pending for that user.
    pub full: u64,
    /// Signals that were not, because the thread has ended.
    pub gone: u64,
    /// Signals that were not, because the thread is now another user's.
    pub refused: u64,
    /// Reads that a signal has woken up.
    pub interrupted: u64,
}

const _: () = assert!(size_of::<Counts>() == 48);

pub(crate) mod request {
    use super::{Counts, Notify, Start};

    nix::ioctl_write_ptr!(ticker_start, 0xC5, 0x20, Start);
    nix::ioctl_write_ptr!(ticker_notify, 0xC5, 0x21, Notify);
    nix::ioctl_write_ptr!(ticker_eventfd, 0xC5, 0x22, i32);
    nix::ioctl_read!(ticker_counts, 0xC5, 0x23, Counts);
}

/// One open file of `/dev/crossings_signals`.
pub struct Ticker(OwnedFd);

impl Ticker {
    /// open(2), for reading. ENOENT: the module is not loaded. EACCES: you are not root.
    pub fn open() -> Result<Ticker> {
        Ticker::open_with(OFlag::empty())
    }

    /// open(2) with more flags, e.g. `O_NONBLOCK`.
    pub fn open_with(flags: OFlag) -> Result<Ticker> {
        let flags = flags | OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        fcntl::open("/dev/crossings_signals", flags, Mode::empty()).map(Ticker)
    }

    /// `TICKER_START`. Does not wait. EINVAL: too few, too many, too fast or too slow.
    /// EBUSY: it still ticks.
    pub fn start(&self, count: u32, period: u32) -> Result<()> {
        start(self.0.as_raw_fd(), Start { count, period })
    }

    // ANCHOR: notify
    /// `TICKER_NOTIFY`: from now on each tick sends *this thread* the signal, with `value`
    /// and so on upwards. Signal 0 ends that. EINVAL: no such signal.
    pub fn notify(&self, signal: i32, value: i32) -> Result<()> {
        let notify = Notify { signal, value };
        // SAFETY: the driver reads one Notify, and `notify` is one.
        unsafe { request::ticker_notify(self.0.as_raw_fd(), &notify) }?;
        Ok(())
    }
    // ANCHOR_END: notify

    // ANCHOR: eventfd
    /// `TICKER_EVENTFD`: from now on each tick adds 1 to the eventfd.
    pub fn eventfd(&self, eventfd: &EventFd) -> Result<()> {
        self.raw_eventfd(eventfd.as_fd().as_raw_fd())
    }
    // ANCHOR_END: eventfd

    /// `TICKER_EVENTFD` with any number. EBADF: not a descriptor. EINVAL: not of an
    /// eventfd.
    pub fn raw_eventfd(&self, fd: RawFd) -> Result<()> {
        // SAFETY: the driver reads one i32, and `fd` is one.
        unsafe { request::ticker_eventfd(self.0.as_raw_fd(), &fd) }?;
        Ok(())
    }

    /// `TICKER_COUNTS`: what has happened since open(2).
    pub fn counts(&self) -> Result<Counts> {
        counts(self.0.as_raw_fd())
    }

    /// read(2): waits for a tick and returns how many there were. EAGAIN: none, and the
    /// file does not block. EINTR: a signal came first.
    pub fn read(&self) -> Result<u64> {
        let mut ticks = [0; size_of::<u64>()];
        unistd::read(&self.0, &mut ticks)?;
        Ok(u64::from_ne_bytes(ticks))
    }

    // ANCHOR: run
    /// `count` ticks 200 microseconds apart, and waits until they are over. EINTR: a signal
    /// came first.
    pub fn run(&self, count: u32) -> Result<()> {
        self.start(count, 200)?;
        let mut ticks = 0;
        while ticks < u64::from(count) {
            ticks += self.read()?;
        }
        Ok(())
    }
    // ANCHOR_END: run
}

impl AsFd for Ticker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// `TICKER_START` by descriptor. May be called in a signal handler.
pub(crate) fn start(ticker: RawFd, start: Start) -> Result<()> {
    // SAFETY: the driver reads one Start, and `start` is one.
    unsafe { request::ticker_start(ticker, &start) }?;
    Ok(())
}

/// `TICKER_COUNTS` by descriptor. May be called in a signal handler.
pub(crate) fn counts(ticker: RawFd) -> Result<Counts> {
    let mut counts = Counts::default();
    // SAFETY: the driver writes one Counts, and `counts` is one.
    unsafe { request::ticker_counts(ticker, &mut counts) }?;
    Ok(counts)
}
