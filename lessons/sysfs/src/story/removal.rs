//! What is taken away while somebody has it: a module whose file is open, and a lamp.

use super::{COPIED, GUEST, LAMP_MODULE};
use anyhow::{Context, Result};
use crossings_sysfs::{Attribute, LAMP};
use lesson::{
    child::Child,
    kmod::{self, Module},
    part, show, task,
};
use nix::fcntl::OFlag;
use std::fs;

// ANCHOR: a_file_without_its_module
pub fn a_file_without_its_module() -> Result<()> {
    part("a file without its module");
    let module = Module::load(COPIED).context("load crossings_sysfs_copied")?;
    let mut file = Attribute::open("/sys/kernel/kernel/crossings_copied", OFlag::O_RDWR)?;
    println!("it says {}", file.value()?);
    show("unload the module of an open file", module.unload().map(|()| "unloaded"));
    show("read from the open file", file.value());
    show("write to it", file.store(b"hello"));
    Ok(())
}
// ANCHOR_END: a_file_without_its_module

// ANCHOR: a_late_reference
pub fn a_late_reference() -> Result<()> {
    part("a late reference");
    let guest = Module::load(GUEST).context("load crossings_sysfs_guest")?;
    let unloading = Child::start(|| kmod::unload(LAMP_MODULE))?;
    let function = task::wait_until(|| {
        let function = fs::read_to_string(format!("/proc/{}/wchan", unloading.pid()))?;
        Ok((function == "crossings_exit").then_some(function))
    });
    let function = function.context("wait until rmmod sleeps in the lamp's module")?;
    println!("a guest has a reference; unloading the lamp's module sleeps in {function}");
    println!("the lamp is in /sys: {}", fs::exists(LAMP)?);
    guest.unload().context("unload crossings_sysfs_guest")?;
    show("the guest is gone", unloading.wait().map(|()| "unloaded"));
    kmod::load(LAMP_MODULE).context("load crossings_sysfs again")
}
// ANCHOR_END: a_late_reference
