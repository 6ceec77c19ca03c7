//! The widely copied driver, which signals whoever has a number.

use crate::errno;
use nix::{
    Result,
    kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module},
    unistd::Pid,
};
use std::{env, fs::File, fs::OpenOptions, io::Write};

/// The faulty module, loaded. Dropping this unloads it.
pub struct Module(());

impl Module {
    /// finit_module(2) of the file beside this program. ENOENT: there is none. EPERM: you
    /// are not root.
    pub fn load() -> Result<Module> {
        let program = env::current_exe();
        let file =
            program.map(|program| program.with_file_name("crossings_signals_copied.ko"));
        let file = errno(file.and_then(File::open))?;
        finit_module(&file, c"", ModuleInitFlags::empty()).map(Module)
    }

    // ANCHOR: signal
    /// write(2) of a number: has the driver send SIGUSR1 to whoever has it. ESRCH: nobody.
    pub fn signal(&self, pid: Pid) -> Result<()> {
        let device = OpenOptions::new().write(true).open("/dev/crossings_signals_copied");
        errno(device.and_then(|mut device| device.write_all(&pid.as_raw().to_ne_bytes())))
    }
    // ANCHOR_END: signal
}

impl Drop for Module {
    fn drop(&mut self) {
        // It is only in the way if it stays: the next load says EEXIST.
        let _ = delete_module(c"crossings_signals_copied", DeleteModuleFlags::O_NONBLOCK);
    }
}
