//! The parts of the story.

pub mod arrival;
pub mod gone;
pub mod inside;
pub mod refused;
pub mod senders;
pub mod waiting;

use anyhow::{Context, Result};
use crossings_signals::ticker::Ticker;

/// Opens a ticker of its own.
fn open() -> Result<Ticker> {
    Ticker::open().context("open /dev/crossings_signals")
}
