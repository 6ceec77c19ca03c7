//! An image that is handed to somebody who does not trust us: a file in memory, from memfd_create(2).

use lesson::errno;
use memmap2::MmapMut;
use nix::{
    Result,
    sys::memfd::{MFdFlags, memfd_create},
    unistd::ftruncate,
};
use std::os::fd::OwnedFd;

/// A file of `length` bytes that `draw` has filled. Once this has returned it, nobody can change the bytes or the length,
/// and who gets it can find that out. EBUSY: somebody else still could.
pub fn publish(length: usize, draw: impl FnOnce(&mut [u8])) -> Result<OwnedFd> {
    let file = memfd_create("image", MFdFlags::MFD_CLOEXEC)?;
    ftruncate(&file, length as i64)?;
    // SAFETY: nobody else has the file as long as we draw.
    let mut image = errno(unsafe { MmapMut::map_mut(&file) })?;
    draw(&mut image);
    Ok(file)
}
