//! The widely copied driver, loaded from `kmods/chardev/copied.c`.

use nix::{
    Result,
    errno::Errno,
    fcntl::{self, OFlag},
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    libc,
    sys::stat::Mode,
};
use std::os::fd::{AsRawFd, OwnedFd};

/// Where the lab puts the module.
const MODULE: &str = "/root/crossings_chardev_copied.ko";

/// The loaded module. Dropping it unloads it.
#[derive(Debug)]
pub struct Copied(());

impl Copied {
    /// finit_module(2). Needs root. EEXIST: it is loaded already.
    pub fn load() -> Result<Copied> {
        finit_module(open(MODULE)?, c"", ModuleInitFlags::empty())?;
        Ok(Copied(()))
    }

    // ANCHOR: read
    /// read(2) of at most `asked` bytes into a buffer that is larger than that.
    /// Returns what the call returned, and the buffer.
    pub fn read(&self, asked: usize) -> Result<(usize, [u8; 32])> {
        let device = open("/dev/crossings_chardev_copied")?;
        let mut buffer = [b'.'; 32];
        let asked = asked.min(buffer.len());
        // SAFETY: the driver ignores `asked`, but its message is shorter than `buffer`.
        let result =
            unsafe { libc::read(device.as_raw_fd(), buffer.as_mut_ptr().cast(), asked) };
        Ok((Errno::result(result)? as usize, buffer))
    }
    // ANCHOR_END: read
}

fn open(path: &str) -> Result<OwnedFd> {
    fcntl::open(path, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
}

impl Drop for Copied {
    fn drop(&mut self) {
        // If this fails, the module stays, and loading it once more says EEXIST.
        let _ = delete_module(c"crossings_chardev_copied", DeleteModuleFlags::O_NONBLOCK);
    }
}
