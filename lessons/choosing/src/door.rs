//! The doors of the locker that are files.

use crate::{Crossing, MOST};
use memmap2::{MmapOptions, MmapRaw};
use nix::fcntl::OFlag;
use std::{
    fs::{File, OpenOptions},
    io::Result,
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
};

/// The device.
pub const DEVICE: &str = "/dev/crossings_choosing";
/// Its twin in /proc.
pub const PROC: &str = "/proc/crossings_choosing";
/// Its twin in /sys.
pub const SYSFS: &str = "/sys/class/misc/crossings_choosing/bytes";

/// open(2) of a door, for reading and writing. ENOENT: the module is not loaded. EACCES:
/// not root.
pub fn open(path: &str) -> Result<File> {
    let flags = OFlag::O_CLOEXEC.bits();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)
}

/// The device, by pwrite(2) and pread(2).
pub fn device() -> Result<Box<dyn Crossing>> {
    Ok(Box::new(Door(open(DEVICE)?)))
}

/// The file in /proc.
pub fn proc() -> Result<Box<dyn Crossing>> {
    Ok(Box::new(Door(open(PROC)?)))
}

/// The binary attribute in /sys.
pub fn sysfs() -> Result<Box<dyn Crossing>> {
    Ok(Box::new(Door(open(SYSFS)?)))
}

// ANCHOR: door
/// A file whose bytes are the locker's.
struct Door(File);

impl Crossing for Door {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        // As many pwrite(2) and pread(2) as it takes: where the others need one, sysfs
        // needs one for each page.
        self.0.write_all_at(bytes, 0)?;
        self.0.read_exact_at(back, 0)
    }
}
// ANCHOR_END: door

/// `struct locker_transfer` of the contract.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    /// Of our memory.
    pub address: u64,
    /// Of the bytes in the locker.
    pub offset: u32,
    /// How many bytes.
    pub length: u32,
}

/// The requests of the contract.
mod request {
    use super::Transfer;

    nix::ioctl_write_ptr!(locker_put, 0xC5, 0x30, Transfer);
    nix::ioctl_write_ptr!(locker_get, 0xC5, 0x31, Transfer);
    nix::ioctl_none!(locker_done, 0xC5, 0x32);
}

const _: () = assert!(size_of::<Transfer>() == 16);

/// The device, by two requests of ioctl(2).
pub struct Ioctl(File);

/// Opens the device for requests.
pub fn ioctl() -> Result<Box<dyn Crossing>> {
    Ok(Box::new(Ioctl(open(DEVICE)?)))
}

// ANCHOR: ioctl
impl Ioctl {
    /// `LOCKER_PUT`, from the locker's first byte. EINVAL: it does not fit.
    pub fn put(&self, bytes: &[u8]) -> Result<()> {
        let transfer = Transfer {
            address: bytes.as_ptr().addr() as u64,
            offset: 0,
            length: bytes.len() as u32,
        };
        // SAFETY: the driver reads one Transfer, and from `bytes` as much as it has.
        unsafe { request::locker_put(self.0.as_raw_fd(), &transfer) }?;
        Ok(())
    }

    /// `LOCKER_GET`, from the locker's first byte. EINVAL: it does not have so many.
    pub fn get(&self, back: &mut [u8]) -> Result<()> {
        let transfer = Transfer {
            address: back.as_mut_ptr().addr() as u64,
            offset: 0,
            length: back.len() as u32,
        };
        // SAFETY: the driver reads one Transfer and writes to `back` as much as it has.
        unsafe { request::locker_get(self.0.as_raw_fd(), &transfer) }?;
        Ok(())
    }
}
// ANCHOR_END: ioctl

impl From<File> for Ioctl {
    fn from(device: File) -> Ioctl {
        Ioctl(device)
    }
}

impl Crossing for Ioctl {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        self.put(bytes)?;
        self.get(back)
    }
}

/// The device's own pages, and one request to say that they have changed.
struct Mapping {
    device: File,
    pages: MmapRaw,
}

/// Maps the whole locker.
pub fn mapping() -> Result<Box<dyn Crossing>> {
    let device = open(DEVICE)?;
    let pages = map(&device, MOST)?;
    Ok(Box::new(Mapping { device, pages }))
}

/// mmap(2) of the first `length` bytes. EINVAL: more than the locker has.
pub fn map(device: &File, length: usize) -> Result<MmapRaw> {
    MmapOptions::new().len(length).map_raw(device)
}

// ANCHOR: mapping
impl Crossing for Mapping {
    fn most(&self) -> usize {
        MOST
    }

    fn round_trip(&mut self, bytes: &[u8], back: &mut [u8]) -> Result<()> {
        assert!(bytes.len() <= MOST && back.len() <= MOST);
        let pages = self.pages.as_mut_ptr();
        // SAFETY: both copies stay inside the mapping, of which no reference exists. Ours
        // are the only ones that change it meanwhile.
        // The request has no argument.
        unsafe {
            pages.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            request::locker_done(self.device.as_raw_fd())?;
            back.as_mut_ptr().copy_from_nonoverlapping(pages, back.len());
        }
        Ok(())
    }
}
// ANCHOR_END: mapping
