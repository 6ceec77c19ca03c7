//! Throws nonsense at tickers: all requests with all kinds of pointers and values, from
//! threads that register, end at any time and share an open file; then checks that a tick
//! still arrives in every way.

use anyhow::{Context, Result, ensure};
use crossings_signals::{real_time, set::Blocked, ticker::Ticker, waiting};
use lesson::hostile::{Pointers, Rng, any_length, run};
use nix::{
    libc::{
        self, F_SETFL, F_SETOWN, O_ASYNC, O_NONBLOCK, SYS_fcntl, SYS_ioctl, SYS_read,
        syscall,
    },
    sys::{
        eventfd::{EfdFlags, EventFd},
        signal::SigSet,
    },
};
use std::{
    os::fd::{AsFd, AsRawFd, RawFd},
    thread,
    time::Duration,
};

/// TICKER_START, TICKER_NOTIFY, TICKER_EVENTFD, TICKER_COUNTS.
const REQUESTS: [u64; 4] = [0x4008_c520, 0x4008_c521, 0x4004_c522, 0x8030_c523];

fn main() -> Result<()> {
    // All threads inherit this: a signal that nobody expects must not end the program.
    SigSet::all().thread_block().context("block all signals")?;
    let nonblocking = nix::fcntl::OFlag::O_NONBLOCK;
    let shared = Ticker::open_with(nonblocking).context("open /dev/crossings_signals")?;
    let eventfd = EventFd::from_flags(EfdFlags::EFD_NONBLOCK)?;
    run(|random, pointers| {
        let fresh = if random.bool() { Ticker::open_with(nonblocking).ok() } else { None };
        let fd = fresh.as_ref().unwrap_or(&shared).as_fd().as_raw_fd();
        for _ in 0..20 {
            call(random, pointers, fd, eventfd.as_fd().as_raw_fd());
        }
        if random.u8(..16) == 0 {
            // A recipient that is gone when the next tick comes.
            thread::scope(|scope| _ = scope.spawn(|| notify(random, fd)).join());
        }
    })?;
    drop(shared);
    still_works()
}

/// One random call. Whether it fails is not our business.
fn call(random: &mut Rng, pointers: &Pointers, fd: RawFd, eventfd: RawFd) {
    let (pointer, length) = (pointers.any(random), any_length(random));
    let start = [random.u32(..200), [0, 99, 100, 200, 5000, u32::MAX][random.usize(..6)]];
    let eventfds = [eventfd, -1, fd, 9999, random.i32(..)];
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..9) {
            0 => _ = syscall(SYS_read, fd, pointer, length),
            1 => _ = syscall(SYS_ioctl, fd, random.u32(..) as u64, pointer),
            2 => {
                _ = syscall(SYS_ioctl, fd, REQUESTS[[0, 2, 3][random.usize(..3)]], pointer)
            }
            3 => _ = syscall(SYS_ioctl, fd, REQUESTS[0], &start),
            4 => _ = syscall(SYS_ioctl, fd, REQUESTS[2], &eventfds[random.usize(..5)]),
            5 => {
                _ = syscall(
                    SYS_fcntl,
                    fd,
                    F_SETOWN,
                    [libc::getpid(), 0, random.i32(..)][random.usize(..3)],
                )
            }
            6 => {
                _ = syscall(
                    SYS_fcntl,
                    fd,
                    F_SETFL,
                    O_NONBLOCK | [0, O_ASYNC][random.usize(..2)],
                )
            }
            7 => {
                _ = syscall(
                    SYS_ioctl,
                    fd,
                    REQUESTS[1],
                    [0, usize::MAX - 7, 1 << 63][random.usize(..3)],
                )
            }
            _ => notify(random, fd),
        }
    }
}

/// TICKER_NOTIFY with every signal but those that cannot be blocked: two of them by anyone,
/// and two because the C library keeps them for its threads.
fn notify(random: &mut Rng, fd: RawFd) {
    let signal = [random.i32(0..70), real_time(0), random.i32(..)][random.usize(..3)];
    if ![libc::SIGKILL, libc::SIGSTOP, 32, 33].contains(&signal) {
        let notify = [signal, random.i32(..)];
        // SAFETY: the driver reads two i32.
        unsafe { syscall(SYS_ioctl, fd, REQUESTS[1], &notify) };
    }
}

fn still_works() -> Result<()> {
    let signal = real_time(20);
    let _blocked = Blocked::new(&[signal])?;
    while waiting::sigtimedwait(&[signal], Duration::ZERO).is_ok() {}
    let ticker = Ticker::open().context("open /dev/crossings_signals")?;
    let eventfd = EventFd::new()?;
    ticker.eventfd(&eventfd)?;
    ticker.notify(signal, 7)?;
    ticker.run(3).context("wait for three ticks")?;
    let values: Vec<_> =
        waiting::take_pending(&[signal])?.iter().map(|info| info.value).collect();
    ensure!(values == [7, 8, 9], "the signals carried {values:?}");
    ensure!(eventfd.read()? == 3, "the eventfd did not count three ticks");
    Ok(())
}
