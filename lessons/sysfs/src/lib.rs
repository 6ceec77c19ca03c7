//! Devices as folders, with a file for each value.
//!
//! The companion module `kmods/sysfs` makes a lamp, `/sys/class/crossings/lamp`. This file holds the
//! calls to one file of sysfs. [`class`] walks over classes and devices, [`uevent`] hears the
//! kernel's news, [`network`] makes a network namespace with devices of its own, and [`trace`] says
//! which of the kernel's functions to record.
//!
//! Every call returns the kernel's errno as it came.

pub mod class;
pub mod network;
pub mod trace;
pub mod uevent;

use nix::{
    Result,
    fcntl::{self, OFlag},
    libc::off_t,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{stat::Mode, uio},
    unistd,
};
use std::{
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

/// The lamp's folder.
pub const LAMP: &str = "/sys/class/crossings/lamp";

// ANCHOR: attribute
/// One open file of sysfs, an *attribute*.
pub struct Attribute {
    file: OwnedFd,
    /// Where values are read, one after the other.
    buffer: Vec<u8>,
}

/// The most that an attribute can say, in bytes: a page, and so no value is ever cut.
const VALUE_MAX: usize = 4096;

impl Attribute {
    /// open(2). ENOENT: no such device or attribute. EACCES: it is not made for that, or not for
    /// you.
    pub fn open(path: impl AsRef<Path>, flags: OFlag) -> Result<Attribute> {
        let file = fcntl::open(path.as_ref(), flags | OFlag::O_CLOEXEC, Mode::empty())?;
        Ok(Attribute { file, buffer: vec![0; VALUE_MAX] })
    }

    /// Opens `name` of the lamp to read and to write.
    pub fn of_lamp(name: &str) -> Result<Attribute> {
        Attribute::open(Path::new(LAMP).join(name), OFlag::O_RDWR)
    }

    /// The value of now, without its newline. ENODEV: the device is gone.
    pub fn value(&mut self) -> Result<String> {
        let count = uio::pread(&self.file, &mut self.buffer, 0)?;
        let value = self.buffer[..count].trim_ascii_end();
        Ok(String::from_utf8_lossy(value).into_owned())
    }

    /// Stores a value with one write(2). EINVAL and ERANGE: the device does not take it.
    pub fn store(&self, value: &[u8]) -> Result<usize> {
        unistd::write(&self.file, value)
    }
}
// ANCHOR_END: attribute

impl Attribute {
    /// pread(2): returns how many bytes it put into `buffer`.
    pub fn read_at(&self, buffer: &mut [u8], offset: off_t) -> Result<usize> {
        uio::pread(&self.file, buffer, offset)
    }

    /// pwrite(2): returns how many bytes were taken. EFBIG: `offset` is behind the end.
    pub fn write_at(&self, bytes: &[u8], offset: off_t) -> Result<usize> {
        uio::pwrite(&self.file, bytes, offset)
    }

    // ANCHOR: poll
    /// poll(2): waits until the kernel says that the value has changed since it was last read
    /// through this open file, or until the time is up. POLLPRI is the flag for that.
    pub fn poll(&self, events: PollFlags, timeout: PollTimeout) -> Result<PollFlags> {
        let mut files = [PollFd::new(self.file.as_fd(), events)];
        poll(&mut files, timeout)?;
        Ok(files[0].revents().unwrap_or(PollFlags::empty()))
    }
    // ANCHOR_END: poll
}
