//! The widely copied driver, loaded from `kmods/chardev/copied.c`.

use lesson::kmod::Module;
use nix::{
    Result,
    errno::Errno,
    fcntl::{self, OFlag},
    libc,
    sys::stat::Mode,
};
use std::os::fd::AsRawFd;

/// The loaded module. Dropping it unloads it.
#[derive(Debug)]
pub struct Copied(#[expect(dead_code, reason = "dropped with it")] Module);

impl Copied {
    /// Loads it. The errors are those of [`lesson::kmod::load`].
    pub fn load() -> Result<Copied> {
        Module::load("crossings_chardev_copied").map(Copied)
    }

    // ANCHOR: read
    /// read(2) of at most `asked` bytes into a buffer that is larger than that.
    /// Returns what the call returned, and the buffer.
    pub fn read(&self, asked: usize) -> Result<(usize, [u8; 32])> {
        let device = fcntl::open(
            "/dev/crossings_chardev_copied",
            OFlag::O_RDONLY | OFlag::O_CLOEXEC,
            Mode::empty(),
        )?;
        let mut buffer = [b'.'; 32];
        let asked = asked.min(buffer.len());
        // SAFETY: the driver ignores `asked`, but its message is shorter than `buffer`.
        let result =
            unsafe { libc::read(device.as_raw_fd(), buffer.as_mut_ptr().cast(), asked) };
        Ok((Errno::result(result)? as usize, buffer))
    }
    // ANCHOR_END: read
}
