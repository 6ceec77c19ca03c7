//! A small test-suite for a queue with priorities, in six steps. It says which of them stand, and what the next one lacks.

mod steps;

use judge::{Context, Result, let_signals_interrupt, within};
use std::time::Duration;

pub fn check() -> Result<()> {
    let_signals_interrupt()?;
    for (number, (title, step)) in (1..).zip(steps::STEPS) {
        let stand = match number {
            1 => String::new(),
            2 => "step 1 stands; ".into(),
            3 => "steps 1 and 2 stand; ".into(),
            _ => format!("steps 1 to {} stand; ", number - 1),
        };
        let name = format!("{stand}step {number}, {title}");
        // A call that never returns must not keep anybody from hearing which steps stand.
        within(Duration::from_secs(5), &format!("{name}: it"), step)?.with_context(|| name.clone())?;
    }
    Ok(())
}
