//! What is left in the kernel of threads that have ended.

use crate::{copied, errno, ticker::Ticker};
use nix::{Result, errno::Errno, unistd::gettid};
use std::{fs, thread, time::Duration};

/// How many objects are in use in the cache from which `struct pid` is allocated. Other
/// objects of the same size may come from it too. Needs root.
pub fn in_use() -> Result<i64> {
    // The kernel keeps some objects at hand for each processor and counts them as used;
    // shrinking takes them back.
    errno(fs::write("/sys/kernel/slab/pid/shrink", "1"))?;
    let objects = errno(fs::read_to_string("/sys/kernel/slab/pid/objects"))?;
    objects
        .split_whitespace()
        .next()
        .and_then(|count| count.parse().ok())
        .ok_or(Errno::ENODATA)
}

// ANCHOR: threads
/// Runs `count` threads one after the other, each of which does `work` and ends. Returns
/// how many `struct pid` are in use more than before, once the kernel has had the time to
/// free what it frees.
pub fn left_behind(count: usize, work: impl Fn() -> Result<()> + Sync) -> Result<i64> {
    let before = in_use()?;
    for _ in 0..count {
        thread::scope(|scope| scope.spawn(&work).join())
            .map_err(|_| Errno::ECANCELED)??;
    }
    // The kernel frees a pid when RCU says that nobody looks at it any more: wait as long
    // as it becomes less.
    let mut more = in_use()? - before;
    loop {
        thread::sleep(Duration::from_millis(50));
        let now = in_use()? - before;
        if now >= more {
            return Ok(now);
        }
        more = now;
    }
}
// ANCHOR_END: threads

/// Each thread registers with `ticker`.
pub fn left_by_ours(ticker: &Ticker, count: usize, signal: i32) -> Result<i64> {
    left_behind(count, || ticker.notify(signal, 0))
}

/// Each thread has the copied driver signal it.
pub fn left_by_copied(module: &copied::Module, count: usize) -> Result<i64> {
    left_behind(count, || module.signal(gettid()))
}
