//! The process at the other end.

use lesson::child::Child;
use nix::sys::{prctl, signal::Signal};
use std::io::Result;

// ANCHOR: partner
/// A child that calls `answer` over and over, until that fails, or it is dropped, or this
/// process ends.
pub fn start(mut answer: impl FnMut() -> Result<()>) -> Result<Child> {
    let child = Child::start(|| {
        // Whoever waits for answers may go: so do we.
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        while answer().is_ok() {}
        Ok(())
    })?;
    Ok(child)
}
// ANCHOR_END: partner
