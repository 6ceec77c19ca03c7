//! What it costs to be told, compared with each other.

use crate::{
    handler::{Handler, Interrupted},
    set::Blocked,
    waiting,
};
use lesson::cost;
use nix::{Result, errno::Errno, libc, sys::eventfd::EventFd};
use std::time::Duration;

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
        best(&mut || _ = kill_ourselves(signal))
    };
    let sigtimedwait = {
        let _blocked = Blocked::new(&[signal])?;
        best(&mut || {
            let _ = kill_ourselves(signal);
            let _ = waiting::sigtimedwait(&[signal], Duration::ZERO);
        })
    };
    let eventfd = EventFd::new()?;
    let eventfd = best(&mut || {
        let _ = eventfd.write(1).and_then(|_| eventfd.read());
    });
    Ok(Costs { handler, sigtimedwait, eventfd })
}

fn kill_ourselves(signal: i32) -> Result<()> {
    // SAFETY: to ourselves, a signal that is handled or blocked.
    Errno::result(unsafe { libc::kill(libc::getpid(), signal) }).map(drop)
}

/// The best round of one kind of call.
fn best(call: &mut dyn FnMut()) -> Duration {
    let [cost] = cost::costs(10, 100, [call]);
    cost
}
