//! The parts of the story.

pub mod inside;
pub mod meters;
pub mod mistakes;
pub mod numbers;

use anyhow::{Context, Result};
use crossings_ioctl::Meter;
use nix::fcntl::OFlag;

/// Opens a meter of its own.
fn open() -> Result<Meter> {
    Meter::open(OFlag::O_RDWR).context("open /dev/crossings_ioctl")
}
