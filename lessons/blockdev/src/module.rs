//! The driver's module, taken away and brought back.

use nix::{
    Result,
    fcntl::{self, OFlag},
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    sys::stat::Mode,
};

// ANCHOR: module
/// delete_module(2), what rmmod(8) calls. EWOULDBLOCK: it is in use. ENOENT: not loaded.
pub fn unload() -> Result<()> {
    delete_module(c"crossings_blockdev", DeleteModuleFlags::O_NONBLOCK)
}

/// finit_module(2), what insmod(8) calls. ENOENT: there is no such file. EEXIST: loaded.
pub fn load() -> Result<()> {
    let file = fcntl::open(
        "/root/crossings_blockdev.ko",
        OFlag::O_RDONLY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )?;
    finit_module(file, c"", ModuleInitFlags::empty())
}
// ANCHOR_END: module
