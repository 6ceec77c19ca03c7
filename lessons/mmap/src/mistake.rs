//! Calls that must fail, each wrong in one way only.

use crate::{
    PAGE_SIZE,
    buffer::{BUFFER_SIZE, Buffer, Mapping},
    ring::{self, Ring},
};
use lesson::errno;
use memmap2::{MmapOptions, MmapRaw, RemapOptions};
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::mman::{self, ProtFlags},
    unistd::pipe,
};
use std::{
    fs::File,
    os::fd::{AsFd, AsRawFd},
    ptr::{self, NonNull},
    sync::atomic::Ordering::{Relaxed, Release},
};

/// mmap(2) of the buffer as it is, without memmap2, which rounds an offset to a page for
/// us. The mapping is removed at once. EINVAL: the offset is not a multiple of the page
/// size, or the driver has no such bytes.
pub fn map(buffer: &Buffer, offset: i64, length: usize) -> Result<()> {
    let prot = libc::PROT_READ | libc::PROT_WRITE;
    let (fd, flags) = (buffer.0.as_raw_fd(), libc::MAP_SHARED);
    // SAFETY: a new mapping, at a place where nothing is.
    let start = unsafe { libc::mmap64(ptr::null_mut(), length, prot, flags, fd, offset) };
    // mmap(2) fails with the address -1.
    Errno::result(start as isize)?;
    // SAFETY: the mapping is ours alone and nobody has seen it.
    Errno::result(unsafe { libc::munmap(start, length) }).map(drop)
}

/// mmap(2) of a device that has no memory to share. Fails with ENODEV.
pub fn map_null() -> Result<MmapRaw> {
    errno(
        File::open("/dev/null")
            .and_then(|null| MmapOptions::new().len(PAGE_SIZE).map_raw_read_only(&null)),
    )
}

// ANCHOR: write_from
/// pwrite(2) of the whole buffer from memory of which only the first `valid` bytes (at most
/// a page) exist. Fails with EFAULT.
pub fn write_from_too_little(buffer: &Buffer, valid: usize) -> Result<usize> {
    let pages = MmapOptions::new().len(2 * PAGE_SIZE).map_anon();
    let pages = MmapRaw::from(errno(pages)?);
    let missing = NonNull::new(pages.as_mut_ptr().wrapping_add(PAGE_SIZE).cast())
        .ok_or(Errno::EFAULT)?;
    // SAFETY: the second page is ours, and nobody has used it yet.
    unsafe { mman::mprotect(missing, PAGE_SIZE, ProtFlags::PROT_NONE) }?;
    let start = pages.as_ptr().wrapping_add(PAGE_SIZE - valid.min(PAGE_SIZE));
    // SAFETY: the kernel only reads, and stops at the page that nobody may read.
    let count = unsafe { libc::pwrite(buffer.0.as_raw_fd(), start.cast(), BUFFER_SIZE, 0) };
    Errno::result(count).map(|count| count as usize)
}
// ANCHOR_END: write_from

// ANCHOR: overgrown
/// A mapping that was made longer than the buffer.
pub struct Overgrown(MmapRaw);

/// mremap(2): one page more than the buffer has. The kernel does not ask the driver.
pub fn grow(mapping: Mapping) -> Result<Overgrown> {
    let mut mapping = mapping.0;
    let longer = mapping.len() + PAGE_SIZE;
    // SAFETY: nobody has a pointer into the mapping, which may move.
    errno(unsafe { mapping.remap(longer, RemapOptions::new().may_move(true)) })?;
    Ok(Overgrown(mapping))
}
// ANCHOR_END: overgrown

impl Overgrown {
    /// The first byte of the mapping.
    pub fn start(&self) -> *const u8 {
        self.0.as_ptr()
    }

    /// Reads the byte at `offset`. SIGBUS: the buffer has no such byte.
    pub fn read(&self, offset: usize) -> u8 {
        assert!(offset < self.0.len(), "offset {offset} is outside the mapping");
        // SAFETY: the address is inside our mapping; a page that cannot be had raises a
        // signal and changes nothing.
        unsafe { self.0.as_ptr().add(offset).read_volatile() }
    }

    // ANCHOR: write_to_pipe
    /// write(2) of the byte at `offset` into a pipe: now the kernel reads it. EFAULT: it
    /// could not.
    pub fn write_to_pipe(&self, offset: usize) -> Result<usize> {
        assert!(offset < self.0.len(), "offset {offset} is outside the mapping");
        let (_reader, writer) = pipe()?;
        // SAFETY: the kernel checks the address that it reads from.
        let count = unsafe {
            libc::write(writer.as_raw_fd(), self.0.as_ptr().add(offset).cast(), 1)
        };
        Errno::result(count).map(|count| count as usize)
    }
    // ANCHOR_END: write_to_pipe
}

/// mremap(2) of a ring's records. Fails with EFAULT: the driver marked the mapping as one
/// that must not grow.
pub fn grow_ring(mut ring: Ring) -> Result<()> {
    let longer = ring.producer.len() + PAGE_SIZE;
    // SAFETY: nobody has a pointer into the mapping.
    errno(unsafe { ring.producer.remap(longer, RemapOptions::new().may_move(true)) })
}

/// mmap(2) of the driver's part of a ring for writing. Fails with EACCES.
pub fn map_records_for_writing(ring: &Ring) -> Result<MmapRaw> {
    let mut options = MmapOptions::new();
    errno(options.offset(PAGE_SIZE as u64).len(ring::PRODUCER_LENGTH).map_raw(&ring.file))
}

// ANCHOR: mprotect
/// mprotect(2): makes the mapped records of a ring writable after all. Fails with EACCES.
pub fn make_records_writable(ring: &Ring) -> Result<()> {
    let start = NonNull::new(ring.producer.as_mut_ptr().cast()).ok_or(Errno::EFAULT)?;
    // SAFETY: the protection of a mapping of ours, which is all raw pointers and atomics.
    unsafe {
        mman::mprotect(
            start,
            ring.producer.len(),
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
        )
    }
}
// ANCHOR_END: mprotect

/// mmap(2) of a ring's first page with `MAP_PRIVATE`. Fails with EINVAL.
pub fn map_ring_privately(ring: &Ring) -> Result<MmapRaw> {
    // SAFETY: made raw at once, so that there is no slice that somebody could change.
    errno(
        unsafe { MmapOptions::new().len(PAGE_SIZE).map_copy(&ring.file) }
            .map(MmapRaw::from),
    )
}

/// mmap(2) of half of the records. Fails with EINVAL: a ring cannot be had in parts.
pub fn map_part_of_ring(ring: &Ring) -> Result<MmapRaw> {
    errno(
        MmapOptions::new()
            .offset(PAGE_SIZE as u64)
            .len(PAGE_SIZE)
            .map_raw_read_only(&ring.file),
    )
}

// ANCHOR: forge_tail
/// Claims to have taken `count` records more than there ever were.
pub fn forge_tail(ring: &Ring, count: u32) {
    let tail = &ring.consumer().tail;
    tail.store(tail.load(Relaxed).wrapping_add(ring.unread()).wrapping_add(count), Release);
}

/// Claims to have taken `count` of the unread records, without having looked at them.
pub fn skip(ring: &Ring, count: u32) {
    let tail = &ring.consumer().tail;
    tail.store(tail.load(Relaxed).wrapping_add(count), Release);
}
// ANCHOR_END: forge_tail

/// `RING_START` with a pointer to nothing. Fails with EFAULT.
pub fn start_from_nowhere(ring: &Ring) -> Result<()> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nothing to read.
    unsafe { ring::request::ring_start(ring.file.as_fd().as_raw_fd(), ptr::null()) }
        .map(drop)
}
