//! Looking at memory that others may change at any time.

use memmap2::MmapRaw;
use std::sync::atomic::AtomicU64;

// ANCHOR: memory
/// Mapped memory. A `&[u64]` would promise that nobody changes it; an atomic does not.
///
/// # Safety
/// `start` is the address of a page, and from there `size` bytes are mapped to be read and
/// written as long as this exists.
pub unsafe trait Memory {
    /// Where it begins.
    fn start(&self) -> *mut u8;

    /// Its size in bytes.
    fn size(&self) -> usize;

    /// The `n`th word of 64 bits. Panics if there are not so many.
    fn word(&self, n: usize) -> &AtomicU64 {
        assert!(n < self.size() / size_of::<u64>(), "word {n} of {} bytes", self.size());
        // SAFETY: the word is inside, a page is aligned for it, and everybody in this
        // process looks at it through an atomic.
        unsafe { AtomicU64::from_ptr(self.start().cast::<u64>().add(n)) }
    }
}
// ANCHOR_END: memory

// SAFETY: a MmapRaw is made for reading and writing, and unmaps when it is dropped.
unsafe impl Memory for MmapRaw {
    fn start(&self) -> *mut u8 {
        self.as_mut_ptr()
    }

    fn size(&self) -> usize {
        self.len()
    }
}
