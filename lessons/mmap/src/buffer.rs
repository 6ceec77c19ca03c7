//! The buffer: 64 KiB, one for everybody, by read(2), write(2) and mmap(2).

use lesson::errno;
use memmap2::{MmapOptions, MmapRaw};
use nix::Result;
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    slice,
    sync::atomic::{AtomicU8, AtomicU64},
};

/// `BUFFER_SIZE` of the contract, in bytes.
pub const BUFFER_SIZE: usize = 65536;

/// One open file of `/dev/crossings_mmap`.
pub struct Buffer(pub(crate) File);

impl Buffer {
    /// open(2), for reading and writing. ENOENT: the module is not loaded. EACCES: you are
    /// not root.
    pub fn open() -> Result<Buffer> {
        errno(OpenOptions::new().read(true).write(true).open("/dev/crossings_mmap"))
            .map(Buffer)
    }

    /// open(2), for reading only.
    pub fn open_read_only() -> Result<Buffer> {
        errno(File::open("/dev/crossings_mmap")).map(Buffer)
    }

    /// pread(2): the driver copies the bytes at `offset` to us. Returns how many.
    pub fn read_at(&self, bytes: &mut [u8], offset: usize) -> Result<usize> {
        errno(self.0.read_at(bytes, offset as u64))
    }

    /// pwrite(2): the driver copies `bytes` from us. Returns how many. ENOSPC: nothing is
    /// left at `offset`.
    pub fn write_at(&self, bytes: &[u8], offset: usize) -> Result<usize> {
        errno(self.0.write_at(bytes, offset as u64))
    }

    // ANCHOR: map
    /// mmap(2) with `MAP_SHARED`: the driver's own pages. `offset` counts bytes, from a
    /// page's first. EINVAL: more than the buffer has.
    pub fn map(&self, offset: usize, length: usize) -> Result<Mapping> {
        let mut options = MmapOptions::new();
        let mapping = options.offset(offset as u64).len(length).map_raw(&self.0);
        errno(mapping).map(Mapping)
    }
    // ANCHOR_END: map

    // ANCHOR: map_private
    /// mmap(2) with `MAP_PRIVATE`: the driver's pages until we write to one, then a copy of
    /// that page.
    pub fn map_private(&self) -> Result<Mapping> {
        // SAFETY: what memmap2 asks of us is that nobody changes the memory under its
        // slices. We make it raw at once, so that there never is a slice.
        let mapping = unsafe { MmapOptions::new().len(BUFFER_SIZE).map_copy(&self.0) };
        errno(mapping).map(|mapping| Mapping(mapping.into()))
    }
    // ANCHOR_END: map_private
}

// ANCHOR: mapping
/// Memory that the kernel or another program may change at any time. Unmapped when dropped.
pub struct Mapping(pub(crate) MmapRaw);

impl Mapping {
    /// The memory, byte by byte.
    pub fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: the mapping has this many bytes, all inside the buffer, and lives as long
        // as &self. An atomic may change behind a shared reference.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }
}
// ANCHOR_END: mapping

impl Mapping {
    /// The memory, in words of 8 bytes.
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: as for `bytes`; a mapping begins with a page, which is aligned for
        // anything.
        unsafe {
            slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() / size_of::<u64>())
        }
    }
}
