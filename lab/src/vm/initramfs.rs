//! The guest's whole user space at boot: the agent as `/init`, busybox for its shell, and the kernel modules that the
//! agent needs to reach the host.

use crate::vm::kernel::Kernel;
use anyhow::{Context, Result};
use std::{fs, path::Path};

/// What stands between a stock kernel and QEMU; the newer kernel has all of it built in.
pub const CHANNEL: [&str; 2] = ["virtio_pci", "virtio_console"];

/// Packs a cpio archive for `kernel`, with these of its modules and what they need.
pub fn pack(kernel: &Kernel, agent: &Path, busybox: &Path, modules: &[&str]) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "lib", "proc", "sys", "dev"] {
        archive.folder(folder)?;
    }
    archive.file("init", 0o755, &read(agent)?)?;
    archive.file("bin/busybox", 0o755, &read(busybox)?)?;
    let mut list = String::new();
    for module in kernel.modules(modules)? {
        let name = module.file_name().and_then(|name| name.to_str()).context("a module's file name")?;
        archive.file(&format!("lib/{name}"), 0o644, &read(&module)?)?;
        list += &format!("/lib/{name}\n");
    }
    archive.file("lib/boot.list", 0o644, list.as_bytes())?;
    archive.finish()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("read {}", path.display()))
}

/// An archive in the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst).
#[derive(Default)]
pub struct Archive(Vec<u8>);

impl Archive {
    /// Adds a folder, which those of its files must follow.
    pub fn folder(&mut self, name: &str) -> Result<()> {
        self.entry(name, 0o040755, &[])
    }

    /// Adds a file with these permission bits.
    pub fn file(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        self.entry(name, 0o100000 | mode, content)
    }

    /// The whole archive.
    pub fn finish(self) -> Result<Vec<u8>> {
        Ok(cpio::newc::trailer(self.0)?)
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        use std::io::Write;
        let builder = cpio::newc::Builder::new(name).mode(mode).nlink(1);
        let mut writer = builder.write(&mut self.0, content.len() as u32);
        writer.write_all(content)?;
        writer.finish()?;
        Ok(())
    }
}
