//! Throws nonsense at the counter: any call with any arguments on files that are opened in
//! every way, while a signal interrupts whoever waits and the patience changes all the
//! time; then checks that turns are still taken one at a time.

use anyhow::{Context, Result, ensure};
use crossings_semaphores::{
    counter::{COUNTER, Counter, set_patience},
    handler::handle,
    unnamed::Unnamed,
};
use lesson::hostile::{Pointers, Rng, any_length, run};
use nix::{
    errno::Errno,
    fcntl::{OFlag, open},
    libc::{SYS_ioctl, SYS_lseek, SYS_pread64, SYS_pwrite64, SYS_read, SYS_write, syscall},
    sys::{
        signal::{SaFlags, SigSet, Signal, kill},
        stat::Mode,
    },
    unistd::Pid,
};
use std::{
    fs,
    os::fd::AsRawFd,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    thread,
    time::Duration,
};

fn main() -> Result<()> {
    interrupt_every_millisecond()?;
    let (inside, overlaps) = (AtomicU32::new(0), AtomicU32::new(0));
    run(|random, pointers| {
        // Only these threads take the signal.
        let _ = SigSet::from(Signal::SIGUSR1).thread_unblock();
        if random.u8(..16) == 0 {
            patience(random);
        }
        let Ok(file) = open(COUNTER, any_flags(random), Mode::empty()) else { return };
        overlaps.fetch_add(inside.fetch_add(1, Relaxed), Relaxed);
        for _ in 0..random.u8(..8) {
            call(random, pointers, file.as_raw_fd());
        }
        if random.u8(..4) == 0 && Counter::open().is_ok() {
            // It should have waited for itself, until a signal or the patience ended that.
            overlaps.fetch_add(1, Relaxed);
        }
        inside.fetch_sub(1, Relaxed);
    })?;
    let overlaps = overlaps.into_inner();
    ensure!(overlaps == 0, "{overlaps} times two had the counter at once");
    still_works()
}

fn any_flags(random: &mut Rng) -> OFlag {
    let access = [OFlag::O_RDONLY, OFlag::O_WRONLY, OFlag::O_RDWR][random.usize(..3)];
    access | if random.bool() { OFlag::O_NONBLOCK } else { OFlag::empty() }
}

/// Any call with any arguments, or a number that is one.
fn call(random: &mut Rng, pointers: &Pointers, fd: i32) {
    let calls = [SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_lseek, SYS_ioctl];
    let call = calls[random.usize(..calls.len())];
    let (pointer, length) = (pointers.any(random), any_length(random));
    let offset = random.i64(..) >> random.u8(..64);
    let number = random.i64(..).to_string();
    // SAFETY: the kernel checks every address; those it may write to lie in pages that no
    // Rust reference sees.
    unsafe {
        match random.u8(..3) {
            0 => syscall(SYS_write, fd, number.as_ptr(), random.usize(..number.len())),
            _ => syscall(call, fd, pointer, length, offset),
        }
    };
}

/// A patience: short, out of bounds, or nonsense.
fn patience(random: &mut Rng) {
    let _ = match random.u8(..3) {
        0 => set_patience(random.u32(..20)),
        1 => set_patience(random.u32(10_001..)),
        _ => {
            let nonsense: Vec<_> =
                (0..random.u8(..40)).map(|_| random.u8(b'a'..)).collect();
            fs::write("/sys/module/crossings_semaphores/parameters/patience", nonsense)
        }
    };
}

/// So that nobody waits for ever.
fn interrupt_every_millisecond() -> Result<()> {
    SigSet::from(Signal::SIGUSR1).thread_block().context("block SIGUSR1")?;
    let runs = Box::leak(Box::new(Unnamed::new(0)?));
    handle(SaFlags::empty(), runs).context("handle SIGUSR1")?;
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_millis(1));
            let _ = kill(Pid::this(), Signal::SIGUSR1);
        }
    });
    Ok(())
}

fn still_works() -> Result<()> {
    set_patience(0).context("set the patience")?;
    let counter = Counter::try_open().context("open the counter")?;
    counter.set(7).context("set the counter")?;
    ensure!(counter.get()? == 7, "the counter is {:?}", counter.get());
    let other = Counter::try_open().err();
    ensure!(other == Some(Errno::EAGAIN), "a second turn: {other:?}");
    drop(counter);
    Counter::try_open().context("open the counter again")?;
    Ok(())
}
