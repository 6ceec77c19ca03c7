//! The parts of the story.

pub mod buffer;
pub mod copied;
pub mod inside;
pub mod mistakes;
pub mod refused;
pub mod ring;

use anyhow::{Context, Result};
use crossings_mmap::buffer::Buffer;

/// Opens the buffer.
fn open() -> Result<Buffer> {
    Buffer::open().context("open /dev/crossings_mmap")
}
