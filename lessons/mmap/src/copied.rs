//! The widely copied driver, which maps as much as it is asked for.

use lesson::{errno, kmod::Module};
use memmap2::{MmapOptions, MmapRaw};
use nix::Result;
use std::fs::OpenOptions;

/// The faulty module, loaded. Dropping this unloads it.
pub struct Copied(#[expect(dead_code, reason = "dropped with it")] Module);

impl Copied {
    /// Loads it. The errors are those of [`lesson::kmod::load`].
    pub fn load() -> Result<Copied> {
        Module::load("crossings_mmap_copied").map(Copied)
    }

    // ANCHOR: map
    /// mmap(2) of `length` bytes of its buffer, which has 4096.
    pub fn map(&self, length: usize) -> Result<MmapRaw> {
        self.map_from(0, length)
    }

    /// The same from `offset` on.
    pub fn map_from(&self, offset: usize, length: usize) -> Result<MmapRaw> {
        let device =
            OpenOptions::new().read(true).write(true).open("/dev/crossings_mmap_copied");
        let mut options = MmapOptions::new();
        options.offset(offset as u64).len(length);
        errno(device.and_then(|device| options.map_raw(&device)))
    }
    // ANCHOR_END: map
}

/// The text at `offset`, up to its terminating zero.
pub fn text(mapping: &MmapRaw, offset: usize) -> String {
    let bytes = (offset..mapping.len()).map(|offset| {
        // SAFETY: inside the mapping; a volatile read does not care who else uses the
        // memory.
        unsafe { mapping.as_ptr().add(offset).read_volatile() }
    });
    bytes.take_while(|byte| *byte != 0).map(char::from).collect()
}

/// Puts `text` and a terminating zero at `offset`.
pub fn set_text(mapping: &MmapRaw, offset: usize, text: &str) {
    assert!(offset + text.len() < mapping.len(), "the text is longer than the mapping");
    for (n, byte) in text.bytes().chain([0]).enumerate() {
        // SAFETY: inside the mapping, which is writable.
        unsafe { mapping.as_mut_ptr().add(offset + n).write_volatile(byte) };
    }
}
