//! A small test-suite for a driver, in six steps, as the comment in the file has them. Whatever is measured here can only be too
//! early; nothing is too late.

mod steps;

use judge::{Result, let_signals_interrupt, let_signals_restart};

pub fn check() -> Result<()> {
    let_signals_interrupt()?;
    let_signals_restart()?;
    judge::steps(steps::STEPS)
}
