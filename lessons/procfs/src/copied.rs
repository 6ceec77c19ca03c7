//! The widely copied proc file, from the module that is faulty on purpose.

use nix::{
    Result,
    errno::Errno,
    fcntl::{self, OFlag},
    sys::stat::Mode,
    unistd,
};
use std::os::fd::{AsRawFd, OwnedFd};

/// The module.
pub const MODULE: &str = "crossings_procfs_copied";

/// One open file of `/proc/crossings_copied`.
pub struct Copied(OwnedFd);

impl Copied {
    /// open(2) with `flags`. ENOENT: the module is not loaded.
    pub fn open(flags: OFlag) -> Result<Copied> {
        fcntl::open("/proc/crossings_copied", flags | OFlag::O_CLOEXEC, Mode::empty())
            .map(Copied)
    }

    // ANCHOR: read
    /// read(2) for at most `count` bytes, up to 64. Returns what the kernel says it has read, and
    /// the buffer.
    pub fn read(&self, count: usize) -> Result<(usize, [u8; 64])> {
        let mut buffer = [b'.'; 64];
        let count = count.min(buffer.len());
        // SAFETY: this driver writes 11 bytes whatever `count` is. The buffer has room for 64.
        let read =
            unsafe { libc::read(self.0.as_raw_fd(), buffer.as_mut_ptr().cast(), count) };
        Ok((Errno::result(read)?.cast_unsigned(), buffer))
    }
    // ANCHOR_END: read

    /// write(2).
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        unistd::write(&self.0, bytes)
    }
}
