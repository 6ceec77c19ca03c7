//! Calls that must fail, each wrong in one way only.

use crate::{Disk, SECTOR, request, sectors::Sectors};
use nix::{Result, fcntl::OFlag};
use std::os::fd::AsRawFd;

// ANCHOR: unaligned
/// A direct write with one thing that is not a multiple of 512. Fails with EINVAL.
pub fn unaligned(disk: &Disk, what: Unaligned) -> Result<usize> {
    let memory = Sectors::filled(0, 2 * SECTOR);
    match what {
        Unaligned::Offset => disk.write_at(&memory[..SECTOR], 100),
        Unaligned::Length => disk.write_at(&memory[..100], 0),
        Unaligned::Memory => disk.write_at(&memory[100..][..SECTOR], 0),
    }
}

/// What is not a multiple of 512.
#[derive(Clone, Copy, Debug)]
pub enum Unaligned {
    /// The place on the disk.
    Offset,
    /// The number of bytes.
    Length,
    /// The address of the bytes in memory.
    Memory,
}
// ANCHOR_END: unaligned

/// A discard through a file that is open for reading only. Fails with EBADF.
pub fn read_only_discard() -> Result<()> {
    Disk::open(OFlag::O_RDONLY)?.discard(0, SECTOR as u64)
}

/// `BLKSECDISCARD`: discard so that nobody can get the bytes back. Fails with EOPNOTSUPP.
pub fn secure_discard(disk: &Disk) -> Result<()> {
    // SAFETY: the kernel reads two u64, and the array is two u64.
    unsafe { request::blksecdiscard(disk.0.as_raw_fd(), &[0, SECTOR as u64]) }?;
    Ok(())
}
