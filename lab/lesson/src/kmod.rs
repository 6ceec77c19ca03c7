//! Loading and unloading a module from a program, as insmod(8) and rmmod(8) do it.

use nix::{
    Result,
    fcntl::{self, OFlag},
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    sys::stat::Mode,
};
use std::ffi::CString;

// ANCHOR: kmod
/// finit_module(2) of `/root/NAME.ko`. ENOENT: there is no such file. EEXIST: it is loaded
/// already. EPERM: not root.
pub fn load(name: &str) -> Result<()> {
    let path = format!("/root/{name}.ko");
    let file =
        fcntl::open(path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    finit_module(file, c"", ModuleInitFlags::empty())
}

/// delete_module(2). EAGAIN: the module is in use. ENOENT: it is not loaded.
pub fn unload(name: &str) -> Result<()> {
    delete_module(&CString::new(name).unwrap_or_default(), DeleteModuleFlags::O_NONBLOCK)
}
// ANCHOR_END: kmod

/// A module that this program has loaded. Dropping it unloads it.
#[derive(Debug)]
pub struct Module(&'static str);

impl Module {
    /// Loads `/root/NAME.ko`. The errors are those of [`load`].
    pub fn load(name: &'static str) -> Result<Module> {
        load(name).map(|()| Module(name))
    }

    /// Unloads it now. The errors are those of [`unload`]; a module that is in use stays.
    pub fn unload(self) -> Result<()> {
        let name = self.0;
        std::mem::forget(self);
        unload(name)
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next load would say EEXIST.
        let _ = unload(self.0);
    }
}
