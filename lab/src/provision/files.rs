//! What a kernel must have been built with for the lab, and what of it tells with what.

use crate::{report::verdict::Mistake, vm::kernel::is_on};
use anyhow::{Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What carries a guest's programs, its log and the lab's words to it.
const OPTIONS: [&str; 11] = [
    "BLK_DEV_INITRD",
    "BINFMT_ELF",
    "BINFMT_SCRIPT",
    "DEVTMPFS",
    "PROC_FS",
    "SYSFS",
    "TMPFS",
    "PCI",
    "SERIAL_8250_CONSOLE",
    "VIRTIO_PCI",
    "VIRTIO_CONSOLE",
];

/// What to do about a kernel without them.
pub const WANTED: &str = "`make defconfig kvm_guest.config`, in the kernel's source, sets what it needs";

/// The options that a configuration lacks.
pub fn missing(config: &str) -> Vec<String> {
    OPTIONS.iter().filter(|option| !is_on(config, option)).map(|option| format!("CONFIG_{option}")).collect()
}

/// The compiler that a kernel was built with, if this machine has it, else gcc.
pub fn compiler(config: &str) -> Result<String> {
    let said = config.lines().find_map(|line| line.strip_prefix("CONFIG_CC_VERSION_TEXT=\"")).unwrap_or_default();
    if said.contains("clang") {
        bail!(Mistake("it was built with clang, and the lab builds modules with gcc only".into()));
    }
    let name = said.split(' ').next().unwrap_or_default();
    Ok(if which::which(name).is_ok() { name.to_string() } else { "gcc".to_string() })
}

/// The bootable image among unpacked files, and its release, which is in its name or its folder's.
pub fn image(root: &Path) -> Option<(PathBuf, String)> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    };
    let boot = names(Path::new("boot"));
    if let Some(release) = boot.iter().find_map(|name| name.strip_prefix("vmlinuz-")) {
        return Some((root.join("boot").join(format!("vmlinuz-{release}")), release.to_string()));
    }
    ["usr/lib/modules", "lib/modules"].iter().find_map(|folder| {
        let release = names(Path::new(folder)).into_iter().next()?;
        let image = root.join(folder).join(&release).join("vmlinuz");
        image.is_file().then_some((image, release))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_configuration_lacks_is_named() {
        let all: String = OPTIONS.iter().map(|option| format!("CONFIG_{option}=y\n")).collect();
        assert_eq!(missing(&format!("#\n{all}")), Vec::<String>::new());
        let less = format!("#\n{all}").replace("CONFIG_DEVTMPFS=y", "# CONFIG_DEVTMPFS is not set");
        assert_eq!(missing(&less), ["CONFIG_DEVTMPFS"]);
        assert_eq!(missing(&format!("#\n{all}").replace("CONSOLE=y", "CONSOLE=m")), Vec::<String>::new());
    }

    #[test]
    fn a_kernel_of_clang_is_refused() {
        compiler("CONFIG_CC_VERSION_TEXT=\"Debian clang version 19.1.4\"\n").expect_err("clang");
        assert_eq!(compiler("CONFIG_CC_VERSION_TEXT=\"gcc-nowhere (GCC) 1\"\n").expect("a compiler"), "gcc");
    }
}
