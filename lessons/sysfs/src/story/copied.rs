//! The widely copied file in /sys, and how it fails.

use super::COPIED;
use anyhow::{Context, Result};
use crossings_sysfs::Attribute;
use lesson::{kmod::Module, part, show};
use nix::fcntl::OFlag;

// ANCHOR: the_copied_file
pub fn the_copied_file() -> Result<()> {
    part("the copied file");
    let module = Module::load(COPIED).context("load crossings_sysfs_copied")?;
    for path in ["/sys/kernel/crossings_copied", "/sys/kernel/kernel/crossings_copied"] {
        show(path, Attribute::open(path, OFlag::O_RDONLY).map(|_| "open"));
    }
    let mut file = Attribute::open("/sys/kernel/kernel/crossings_copied", OFlag::O_RDWR)?;
    for text in ["two\nlines".to_owned(), "x".repeat(300)] {
        println!("wrote {} bytes, it took {}", text.len(), file.store(text.as_bytes())?);
        println!(
            "it says {} bytes, the same: {}",
            file.value()?.len(),
            file.value()? == text
        );
    }
    module.unload().context("unload crossings_sysfs_copied")
}
// ANCHOR_END: the_copied_file
