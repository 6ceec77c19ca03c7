//! One processor for everything, so that what happens, happens in an order.

use nix::{
    Result,
    sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity},
    unistd::Pid,
};

/// Keeps this thread, and those that it starts, on one processor. Dropping it lets this thread go
/// where it could go before.
#[derive(Debug)]
pub struct OneProcessor {
    before: CpuSet,
}

impl OneProcessor {
    /// sched_setaffinity(2) to the processor that it runs on.
    pub fn stay() -> Result<OneProcessor> {
        let stay = OneProcessor { before: sched_getaffinity(Pid::from_raw(0))? };
        let mut here = CpuSet::new();
        here.set(sched_getcpu()?)?;
        sched_setaffinity(Pid::from_raw(0), &here)?;
        Ok(stay)
    }

    /// Runs `start` on another processor and comes back; processes that it starts stay there. EINVAL: there is no other that
    /// we may use.
    pub fn elsewhere<T>(&self, start: impl FnOnce() -> T) -> Result<T> {
        let us = Pid::from_raw(0);
        let here = sched_getaffinity(us)?;
        let free = |processor: &usize| {
            self.before.is_set(*processor).unwrap_or(false)
                && !here.is_set(*processor).unwrap_or(true)
        };
        let mut there = CpuSet::new();
        if let Some(other) = (0..CpuSet::count()).find(free) {
            there.set(other)?;
        }
        sched_setaffinity(us, &there)?;
        let started = start();
        sched_setaffinity(us, &here)?;
        Ok(started)
    }
}

impl Drop for OneProcessor {
    fn drop(&mut self) {
        // It was allowed before, so it cannot fail.
        let _ = sched_setaffinity(Pid::from_raw(0), &self.before);
    }
}
