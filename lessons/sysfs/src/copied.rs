//! The widely copied module, faulty on purpose.

use nix::{
    Result,
    fcntl::{self, OFlag},
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    sys::stat::Mode,
};

/// The module, loaded. Dropping it unloads it.
pub struct Module(());

impl Module {
    /// finit_module(2). EEXIST: it is loaded already. EPERM: not root.
    pub fn load() -> Result<Module> {
        let path = "/root/crossings_sysfs_copied.ko";
        let file = fcntl::open(path, OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        finit_module(file, c"", ModuleInitFlags::empty())?;
        Ok(Module(()))
    }

    /// delete_module(2), as rmmod(8) calls it.
    pub fn unload(self) -> Result<()> {
        std::mem::forget(self);
        unload()
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next load would say EEXIST.
        let _ = unload();
    }
}

fn unload() -> Result<()> {
    delete_module(c"crossings_sysfs_copied", DeleteModuleFlags::O_NONBLOCK)
}
