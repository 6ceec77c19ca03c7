//! The steps.

mod leaks;
mod limits;
mod messages;
mod polling;
mod priorities;
mod queue;
mod sleeper;
mod waiting;

use judge::Result;

/// A step's title, and what tries it.
type Step = (&'static str, fn() -> Result<()>);

/// In their order.
pub const STEPS: [Step; 6] = [
    ("messages", messages::messages),
    ("limits", limits::limits),
    ("priorities", priorities::priorities),
    ("waiting", waiting::waiting),
    ("poll", polling::polling),
    ("nothing is left", leaks::nothing_is_left),
];
