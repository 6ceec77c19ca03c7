//! Reading a disk directly, without the page cache.

use nix::{Result, sys::uio::pread};
use std::os::fd::AsFd;

/// Reads a record that may begin and end anywhere on the disk. Returns how many bytes there were: fewer than `bytes`
/// has room for only where the disk ends, and 0 behind that.
///
/// `disk` is open with `O_DIRECT`. It takes a pread(2) whose offset, whose length and whose memory's address are
/// multiples of `sector`, a power of 2, and may refuse any other.
pub fn read_at(disk: impl AsFd, sector: usize, bytes: &mut [u8], offset: u64) -> Result<usize> {
    debug_assert!(sector.is_power_of_two());
    pread(disk, bytes, offset.cast_signed())
}
