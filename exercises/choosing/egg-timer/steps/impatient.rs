//! Step 3: those who cannot wait, because of O_NONBLOCK or a signal.

use super::egg::{Egg, LONG, PATIENCE, Reader, open, take};
use judge::{Result, bail, equal, refused, until, within};
use nix::{errno::Errno, sys::signal::Signal};

/// The step.
pub fn a_wait_can_be_ended() -> Result<()> {
    let egg = Egg(open(libc::O_NONBLOCK)?);
    let take = || {
        let file = egg.0.try_clone()?;
        within(PATIENCE, "a read(2) with O_NONBLOCK", move || take(&file))
    };
    refused("a read(2) with O_NONBLOCK of a timer that is not set", take()?, Errno::EAGAIN)?;
    egg.set(LONG)?;
    refused("a read(2) with O_NONBLOCK of a timer that has not rung", take()?, Errno::EAGAIN)?;
    egg.set(1)?;
    let rung = until(PATIENCE, || Ok(Some(take()?).filter(|taken| *taken != Err(Errno::EAGAIN))))?;
    equal("what read(2) with O_NONBLOCK gives when the timer has rung", rung, Some(Ok(1)))?;
    refused("a second read(2) with O_NONBLOCK", take()?, Errno::EAGAIN)?;

    let egg = Egg::open()?;
    let reader = Reader::start(&egg)?;
    reader.sleeps("its timer is not set")?;
    reader.0.signal(Signal::SIGUSR1)?;
    match reader.halt()? {
        Some(result) => refused("a read(2) that a signal interrupts", result, Errno::EINTR)?,
        None => {
            // A reader that no signal can wake would keep this program from ending.
            egg.set(1)?;
            let _ = reader.result()?;
            bail!("a signal came while a read(2) slept, and it sleeps on");
        }
    }
    let reader = Reader::start(&egg)?;
    reader.sleeps("its timer is not set")?;
    reader.0.signal(Signal::SIGUSR2)?;
    reader.sleeps("a handler with SA_RESTART has run")?;
    egg.set(1)?;
    reader.gives("a handler with SA_RESTART has run, and then the timer has rung", 1)
}
