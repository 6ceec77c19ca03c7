//! A network namespace, and the sysfs in which its devices are.

use crate::Attribute;
use nix::{
    Result,
    fcntl::OFlag,
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
};

// ANCHOR: namespace
/// A network namespace of its own for this thread, with a sysfs that has its devices.
pub struct Namespace {
    lo: Attribute,
}

impl Namespace {
    /// unshare(2) and mount(2), for as long as this thread lives. EPERM: not root.
    pub fn enter() -> Result<Namespace> {
        unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS)?;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
        mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), None::<&str>)?;
        let lo = Attribute::open("/sys/class/net/lo/uevent", OFlag::O_WRONLY)?;
        Ok(Namespace { lo })
    }

    /// The file `uevent` of its loopback device.
    pub fn lo(&self) -> &Attribute {
        &self.lo
    }
}
// ANCHOR_END: namespace
