//! The steps.

mod device;
mod discard;
mod limits;
mod model;
mod module;
mod presence;
mod together;
mod transfer;

use judge::Result;

/// A step's title, and what tries it.
type Step = (&'static str, fn() -> Result<()>);

/// In their order.
pub const STEPS: [Step; 5] = [
    ("the disk appears and goes", presence::appears_and_goes),
    ("it is read and written", transfer::is_read_and_written),
    ("requests come at the same time", together::at_the_same_time),
    ("what is discarded reads as zeros, and memory is given back", discard::gives_back),
    ("its limits", limits::limits),
];
