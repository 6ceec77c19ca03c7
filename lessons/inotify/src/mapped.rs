//! A file that is changed through memory.

use lesson::errno;
use memmap2::MmapMut;
use nix::Result;
use std::{fs::File, path::Path};

/// open(2) and mmap(2) of a file, for reading and writing.
pub fn open(path: &Path) -> Result<(File, MmapMut)> {
    let file = errno(File::options().read(true).write(true).open(path))?;
    // SAFETY: nobody else changes or shortens this file, which is in a folder of our own.
    let memory = errno(unsafe { MmapMut::map_mut(&file) })?;
    Ok((file, memory))
}
