//! What is left in the kernel of threads that have ended.

use crate::{copied, ticker::Ticker};
use lesson::errno;
use nix::{Result, errno::Errno, libc, unistd::gettid};
use std::{fs, thread};

/// How many objects are in use in the cache from which `struct pid` is allocated. Other
/// objects of the same size may come from it too. Needs root.
///
/// That is the least of several counts. A thread that has ended is freed some time later,
/// when RCU says that nobody looks at it any more; and what the kernel keeps at hand for a
/// processor counts as used until the cache is shrunk.
fn in_use() -> Result<i64> {
    let (mut least, mut unchanged) = (i64::MAX, 0);
    while unchanged < 5 {
        grace_period()?;
        errno(fs::write("/sys/kernel/slab/pid/shrink", "1"))?;
        let objects = errno(fs::read_to_string("/sys/kernel/slab/pid/objects"))?;
        let count = objects.split_whitespace().next().and_then(|count| count.parse().ok());
        let count = count.ok_or(Errno::ENODATA)?;
        unchanged = if count < least { 0 } else { unchanged + 1 };
        least = least.min(count);
    }
    Ok(least)
}

/// Waits until RCU has seen every processor pass: what membarrier(2) does for all processes
/// at once.
fn grace_period() -> Result<()> {
    // SAFETY: takes two numbers and touches no memory of ours.
    let result =
        unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_GLOBAL, 0, 0) };
    Errno::result(result).map(drop)
}

// ANCHOR: threads
/// Runs `count` threads one after the other, each of which does `work` and ends. Returns
/// how many `struct pid` are in use more than before.
pub fn left_behind(count: usize, work: impl Fn() -> Result<()> + Sync) -> Result<i64> {
    let before = in_use()?;
    for _ in 0..count {
        thread::scope(|scope| scope.spawn(&work).join())
            .map_err(|_| Errno::ECANCELED)??;
    }
    Ok(in_use()? - before)
}
// ANCHOR_END: threads

/// Each thread registers with `ticker`.
pub fn left_by_ours(ticker: &Ticker, count: usize, signal: i32) -> Result<i64> {
    left_behind(count, || ticker.notify(signal, 0))
}

/// Each thread has the copied driver signal it.
pub fn left_by_copied(module: &copied::Copied, count: usize) -> Result<i64> {
    left_behind(count, || module.signal(gettid()))
}
