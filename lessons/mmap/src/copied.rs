//! The widely copied driver, which maps as much as it is asked for.

use crate::errno;
use memmap2::{MmapOptions, MmapRaw};
use nix::{
    Result,
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
};
use std::{
    env,
    fs::{File, OpenOptions},
};

/// The faulty module, loaded. Dropping this unloads it.
pub struct Module(());

impl Module {
    /// finit_module(2) of the file beside this program. ENOENT: there is none. EPERM: you
    /// are not root.
    pub fn load() -> Result<Module> {
        let file = env::current_exe()
            .map(|program| program.with_file_name("crossings_mmap_copied.ko"));
        let file = errno(file.and_then(File::open))?;
        finit_module(&file, c"", ModuleInitFlags::empty()).map(Module)
    }

    // ANCHOR: map
    /// mmap(2) of `length` bytes of its buffer, which has 4096.
    pub fn map(&self, length: usize) -> Result<MmapRaw> {
        let device =
            OpenOptions::new().read(true).write(true).open("/dev/crossings_mmap_copied");
        errno(device.and_then(|device| MmapOptions::new().len(length).map_raw(&device)))
    }
    // ANCHOR_END: map
}

impl Drop for Module {
    fn drop(&mut self) {
        // It is only in the way if it stays: the next load says EEXIST.
        let _ = delete_module(c"crossings_mmap_copied", DeleteModuleFlags::O_NONBLOCK);
    }
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
