//! A counter in a file. Processes that have mapped it count without a system call.

use memmap2::{MmapOptions, MmapRaw};
use std::{
    fs::File,
    io::Result,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// The first 8 bytes of a file, as a number. Other programs may add to it at any time, each with one atomic
/// instruction.
pub struct Counter(MmapRaw);

impl Counter {
    /// mmap(2) of `file`.
    pub fn map(file: &File) -> Result<Counter> {
        // SAFETY: the mapping is made raw at once, so nobody has a slice of bytes that others change.
        let mapping = unsafe { MmapOptions::new().len(size_of::<u64>()).map_copy(file) }?;
        Ok(Counter(mapping.into()))
    }

    /// Adds `amount`, and returns what the count was right before.
    pub fn add(&self, amount: u64) -> u64 {
        let count = self.count().load(Relaxed);
        self.count().store(count + amount, Relaxed);
        count
    }

    /// The count.
    pub fn value(&self) -> u64 {
        self.count().load(Relaxed)
    }

    fn count(&self) -> &AtomicU64 {
        // SAFETY: a mapping begins with a page, this one has 8 bytes, and it lives as long as &self. An atomic may
        // change behind a shared reference.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast()) }
    }
}
