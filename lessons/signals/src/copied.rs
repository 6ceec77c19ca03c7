//! The widely copied driver, which signals whoever has a number.

use lesson::{errno, kmod::Module};
use nix::{Result, unistd::Pid};
use std::{fs::OpenOptions, io::Write};

/// The faulty module, loaded. Dropping this unloads it.
pub struct Copied(#[expect(dead_code, reason = "dropped with it")] Module);

impl Copied {
    /// Loads it. The errors are those of [`lesson::kmod::load`].
    pub fn load() -> Result<Copied> {
        Module::load("crossings_signals_copied").map(Copied)
    }

    // ANCHOR: signal
    /// write(2) of a number: has the driver send SIGUSR1 to whoever has it. ESRCH: nobody.
    pub fn signal(&self, pid: Pid) -> Result<()> {
        let device = OpenOptions::new().write(true).open("/dev/crossings_signals_copied");
        errno(device.and_then(|mut device| device.write_all(&pid.as_raw().to_ne_bytes())))
    }
    // ANCHOR_END: signal
}
