//! A small test-suite for a queue with priorities, in six steps. It says which of them stand, and what the next one lacks.

mod steps;

use judge::{Result, let_signals_interrupt, within};
use std::time::Duration;

pub fn check() -> Result<()> {
    let_signals_interrupt()?;
    // A call that never returns must not keep anybody from hearing which steps stand.
    judge::steps(steps::STEPS.map(|(title, step)| (title, move || within(Duration::from_secs(5), "it", step)?)))
}
