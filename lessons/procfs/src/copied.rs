//! The widely copied proc file, from the module that is faulty on purpose.

use nix::{
    Result,
    errno::Errno,
    fcntl::{self, OFlag},
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    sys::stat::Mode,
    unistd,
};
use std::os::fd::{AsRawFd, OwnedFd};

/// The module, loaded. Dropping it unloads it.
pub struct Module(());

impl Module {
    // ANCHOR: load
    /// finit_module(2). EEXIST: it is loaded already. EPERM: not root.
    pub fn load() -> Result<Module> {
        let path = "/root/crossings_procfs_copied.ko";
        let file = fcntl::open(path, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        finit_module(file, c"", ModuleInitFlags::empty())?;
        Ok(Module(()))
    }

    /// delete_module(2), as rmmod(8) calls it. EWOULDBLOCK: it is in use.
    pub fn unload(self) -> Result<()> {
        std::mem::forget(self);
        unload()
    }
    // ANCHOR_END: load
}

impl Drop for Module {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next load would say EEXIST.
        let _ = unload();
    }
}

fn unload() -> Result<()> {
    delete_module(c"crossings_procfs_copied", DeleteModuleFlags::O_NONBLOCK)
}

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
