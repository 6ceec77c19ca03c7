//! Calls that must fail, each wrong in one way only.

use nix::{
    Result,
    errno::Errno,
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect, munmap},
};
use std::{ffi::c_void, fs::File, num::NonZero, os::fd::AsRawFd, ptr, ptr::NonNull};

const PAGE: usize = 4096;

// ANCHOR: null_pointer
/// Writes 5 bytes from a place that is not there. Fails with EFAULT.
pub fn write_from_null(tube: &File) -> Result<usize> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel finds nothing to read.
    let result = unsafe { libc::write(tube.as_raw_fd(), ptr::null(), 5) };
    Errno::result(result).map(|length| length as usize)
}

/// Reads 5 bytes into memory that may only be read. Fails with EFAULT.
pub fn read_into_read_only(tube: &File) -> Result<usize> {
    static MEMORY: [u8; 5] = [0; 5];
    let memory = (&raw const MEMORY).cast_mut().cast();
    // SAFETY: the static lies in read-only memory, which the kernel cannot change.
    let result = unsafe { libc::read(tube.as_raw_fd(), memory, MEMORY.len()) };
    Errno::result(result).map(|length| length as usize)
}
// ANCHOR_END: null_pointer

/// A page of memory with nothing behind it: one byte further is out of bounds.
#[derive(Debug)]
pub struct Cliff(NonNull<c_void>);

impl Cliff {
    /// mmap(2) of two pages, and mprotect(2) of the second.
    pub fn new() -> Result<Cliff> {
        let length = const { NonZero::new(2 * PAGE).expect("two pages") };
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, at a place where nothing is.
        let pages = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_PRIVATE) }?;
        let cliff = Cliff(pages);
        // SAFETY: the second page is ours, and nobody has used it yet.
        unsafe { mprotect(pages.byte_add(PAGE), PAGE, ProtFlags::PROT_NONE) }?;
        Ok(cliff)
    }

    // ANCHOR: cliff
    /// Writes `length` bytes, of which only the first `valid` (at most a page) are in
    /// bounds. Returns how many went in. EFAULT: not a single one could be read.
    pub fn write(&self, tube: &File, valid: usize, length: usize) -> Result<usize> {
        let start =
            self.0.as_ptr().wrapping_byte_add(PAGE).wrapping_byte_sub(valid.min(PAGE));
        // SAFETY: the kernel only reads, and stops at the page that nobody may read.
        let result = unsafe { libc::write(tube.as_raw_fd(), start, length) };
        Errno::result(result).map(|length| length as usize)
    }
    // ANCHOR_END: cliff
}

impl Drop for Cliff {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone and no longer used. If this fails, two pages stay mapped.
        let _ = unsafe { munmap(self.0, 2 * PAGE) };
    }
}
