//! The widely copied programs, and the module that goes with them.

use crate::{counter::Counter, named::Named};
use lesson::kmod::Module;
use nix::{Result, fcntl::OFlag};
use std::{ffi::CStr, fs, io};

// ANCHOR: programs
/// The program that waits. ENOENT: the other one has not come yet.
pub fn waiter(name: &CStr) -> Result<()> {
    Named::open(name)?.wait()
}

/// The program that posts. It makes the semaphore and never takes it away.
pub fn poster(name: &CStr) -> Result<()> {
    Named::open_or_create(name, 0o644, 0)?.post()
}
// ANCHOR_END: programs

/// The faulty module, loaded. Dropping this unloads it.
pub struct Copied(#[expect(dead_code, reason = "dropped with it")] Module);

impl Copied {
    /// Loads it. The errors are those of [`lesson::kmod::load`].
    pub fn load() -> Result<Copied> {
        Module::load("crossings_semaphores_copied").map(Copied)
    }

    /// open(2): does not wait for anybody.
    pub fn open(&self) -> Result<Counter> {
        Counter::open_with("/proc/crossings_semaphores_copied", OFlag::empty())
    }

    /// The byte behind its buffer, after the last write.
    pub fn next(&self) -> io::Result<String> {
        let next = "/sys/module/crossings_semaphores_copied/parameters/next";
        Ok(fs::read_to_string(next)?.trim_end().to_owned())
    }
}
