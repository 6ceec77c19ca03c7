//! The parts of the story.

pub mod copied;
pub mod inside;
pub mod knob;
pub mod mistakes;
pub mod passengers;
pub mod processes;
pub mod readers;

use anyhow::{Context, Result};
use crossings_procfs::Booking;
use nix::fcntl::OFlag;

/// Opens the file that takes orders.
fn open_booking() -> Result<Booking> {
    Booking::open(OFlag::O_WRONLY).context("open /proc/crossings/booking")
}
