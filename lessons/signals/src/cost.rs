//! What it costs to be told, compared with each other.

use crate::{
    handler::{Handler, Interrupted},
    set::Blocked,
    waiting,
};
use nix::{Result, errno::Errno, libc, sys::eventfd::EventFd};
use std::time::{Duration, Instant};

/// A hundred of each, the best of ten rounds.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// A signal to ourselves, and the handler.
    pub handler: Duration,
    /// A signal to ourselves, and sigtimedwait(2).
    pub sigtimedwait: Duration,
    /// write(2) to an eventfd, and read(2).
    pub eventfd: Duration,
}

/// Measures. Only the best round counts, because whatever else the machine does can only
/// add to a time.
pub fn costs(signal: i32) -> Result<Costs> {
    let handler = {
        let _handler = Handler::new(signal, Interrupted::Restarts)?;
        best_of(|| kill_ourselves(signal))?
    };
    let sigtimedwait = {
        let _blocked = Blocked::new(&[signal])?;
        best_of(|| {
            kill_ourselves(signal)?;
            waiting::sigtimedwait(&[signal], Duration::ZERO).map(drop)
        })?
    };
    let eventfd = EventFd::new()?;
    let eventfd = best_of(|| {
        eventfd.write(1)?;
        eventfd.read().map(drop)
    })?;
    Ok(Costs { handler, sigtimedwait, eventfd })
}

fn best_of(call: impl Fn() -> Result<()>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..100 {
            call()?;
        }
        best = best.min(start.elapsed());
    }
    Ok(best)
}

fn kill_ourselves(signal: i32) -> Result<()> {
    // SAFETY: to ourselves, a signal that is handled or blocked.
    Errno::result(unsafe { libc::kill(libc::getpid(), signal) }).map(drop)
}
