//! A file system on the disk.

use crate::NAME;
use nix::{
    Result,
    mount::{MsFlags, mount, umount},
};
use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

// ANCHOR: volume
/// mke2fs(8): puts an empty ext4 on the disk; what was there is lost.
///
/// # Errors
/// That it could not be started, or what it said.
pub fn mke2fs() -> io::Result<()> {
    let output = Command::new("mke2fs")
        .args(["-q", "-t", "ext4", &device()])
        .stdin(Stdio::null())
        .output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr))),
    }
}

/// The file system, mounted.
pub struct Volume(PathBuf);

impl Volume {
    /// mount(2) at `directory`, which is made if need be. EINVAL: no ext4 on the disk.
    pub fn mount(directory: &Path) -> Result<Volume> {
        // If this fails, mount(2) says why.
        let _ = fs::create_dir_all(directory);
        let (device, flags) = (device(), MsFlags::empty());
        mount(Some(device.as_str()), directory, Some("ext4"), flags, None::<&str>)?;
        Ok(Volume(directory.to_owned()))
    }

    /// umount(2): writes back whatever the page cache holds. EBUSY: a file in it is open.
    pub fn unmount(self) -> Result<()> {
        umount(&self.0)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // For the story that ends early. After `unmount` there is nothing left to do.
        let _ = umount(&self.0);
    }
}
// ANCHOR_END: volume

// ANCHOR: place
/// `FIBMAP` and `FIGETBSZ`: where on the disk the first byte of a file of the file system is. EPERM:
/// not root.
pub fn place(file: &File) -> Result<u64> {
    let (mut block, mut size) = (0, 0);
    // SAFETY: each request reads and writes one int, and `block` and `size` are one int each.
    unsafe {
        request::fibmap(file.as_raw_fd(), &mut block)?;
        request::figetbsz(file.as_raw_fd(), &mut size)?;
    }
    Ok(u64::from(block.cast_unsigned()) * u64::from(size.cast_unsigned()))
}
// ANCHOR_END: place

/// The requests of <linux/fs.h> that a file system answers.
mod request {
    use nix::libc::c_int;

    nix::ioctl_readwrite_bad!(fibmap, nix::request_code_none!(0, 1), c_int);
    nix::ioctl_read_bad!(figetbsz, nix::request_code_none!(0, 2), c_int);
}

fn device() -> String {
    format!("/dev/{NAME}")
}
