//! A disk, read and written from user space.
//!
//! The companion module `kmods/blockdev` makes `/dev/crossings_blockdev`, a RAM disk of 16
//! MiB. This file opens it and makes the calls that work on it, [`sectors`] is memory that
//! the disk can use directly, [`sys`] reads what the kernel tells about the disk,
//! [`mistake`] holds the calls that fail, [`volume`] makes and mounts a file system,
//! [`trace`] lets the kernel record the requests, and [`symbols`] asks which functions the kernel has.
//!
//! Every function returns the kernel's errno as it came.

pub mod mistake;
pub mod sectors;
pub mod symbols;
pub mod sys;
pub mod trace;
pub mod volume;

use nix::{
    Result,
    fcntl::{self, OFlag, PosixFadviseAdvice, posix_fadvise},
    libc::off_t,
    sys::{stat::Mode, uio},
    unistd,
};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// The disk's name, in /dev and in /sys/block.
pub const NAME: &str = "crossings_blockdev";

/// The unit of the block layer and of all its statistics, in bytes, whatever the disk's own
/// is.
pub const SECTOR: usize = 512;

/// The unit of the page cache, in bytes.
pub const PAGE: usize = 4096;

// ANCHOR: requests
/// The requests of <linux/fs.h>.
mod request {
    use nix::libc::{c_int, c_uint};

    const BLK: u8 = 0x12;

    // Numbered like all requests of today, with a size that is meant to be that of a u64.
    nix::ioctl_read!(blkgetsize64, BLK, 114, usize);

    // Older than that scheme: no direction and no size, although there is an argument.
    nix::ioctl_read_bad!(blksszget, nix::request_code_none!(BLK, 104), c_int);
    nix::ioctl_read_bad!(blkpbszget, nix::request_code_none!(BLK, 123), c_uint);
    nix::ioctl_write_ptr_bad!(blkdiscard, nix::request_code_none!(BLK, 119), [u64; 2]);
    nix::ioctl_write_ptr_bad!(blksecdiscard, nix::request_code_none!(BLK, 125), [u64; 2]);
    nix::ioctl_none!(blkflsbuf, BLK, 97);
}
// ANCHOR_END: requests

// ANCHOR: disk
/// One open file of the disk.
pub struct Disk(OwnedFd);

impl Disk {
    /// open(2) with `flags`; `O_DIRECT` leaves out the page cache. ENOENT: the module is
    /// not loaded. EACCES: not root. EBUSY: `O_EXCL`, and the disk is mounted or
    /// otherwise claimed.
    pub fn open(flags: OFlag) -> Result<Disk> {
        let path = format!("/dev/{NAME}");
        fcntl::open(path.as_str(), flags | OFlag::O_CLOEXEC, Mode::empty()).map(Disk)
    }
}
// ANCHOR_END: disk

impl Disk {
    // ANCHOR: transfer
    /// pread(2): returns how many bytes there were; 0 at the end of the disk. EINVAL: the
    /// file is `O_DIRECT`, and `bytes`, its length or `offset` is not aligned.
    pub fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<usize> {
        uio::pread(&self.0, bytes, offset as off_t)
    }

    /// pwrite(2): returns how many bytes were taken. ENOSPC: `offset` is the end of the
    /// disk or beyond it. EINVAL: as for [`Disk::read_at`].
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize> {
        uio::pwrite(&self.0, bytes, offset as off_t)
    }

    /// fsync(2): writes what is in the page cache, then tells the disk to flush its own
    /// cache.
    pub fn sync(&self) -> Result<()> {
        unistd::fsync(&self.0)
    }
    // ANCHOR_END: transfer

    // ANCHOR: size
    /// `BLKGETSIZE64`: the size of the disk in bytes.
    pub fn size(&self) -> Result<u64> {
        let mut size = 0_u64;
        // SAFETY: the kernel writes one u64, whatever the number says, and `size` is one
        // u64.
        unsafe { request::blkgetsize64(self.0.as_raw_fd(), (&raw mut size).cast()) }?;
        Ok(size)
    }
    // ANCHOR_END: size

    /// `BLKSSZGET`: the logical block size in bytes, the least that can be read or written.
    pub fn logical_block_size(&self) -> Result<i32> {
        let mut size = 0;
        // SAFETY: the kernel writes one int, and `size` is one int.
        unsafe { request::blksszget(self.0.as_raw_fd(), &mut size) }?;
        Ok(size)
    }

    /// `BLKPBSZGET`: the physical block size in bytes, the least that the disk writes at a
    /// time.
    pub fn physical_block_size(&self) -> Result<u32> {
        let mut size = 0;
        // SAFETY: the kernel writes one unsigned int, and `size` is one unsigned int.
        unsafe { request::blkpbszget(self.0.as_raw_fd(), &mut size) }?;
        Ok(size)
    }

    // ANCHOR: discard
    /// `BLKDISCARD`: these bytes are no longer needed. EINVAL: not whole sectors, or beyond
    /// the end. EBADF: the file is not open for writing. EOPNOTSUPP: the disk cannot
    /// discard.
    pub fn discard(&self, start: u64, length: u64) -> Result<()> {
        // SAFETY: the kernel reads two u64, and the array is two u64.
        unsafe { request::blkdiscard(self.0.as_raw_fd(), &[start, length]) }?;
        Ok(())
    }
    // ANCHOR_END: discard

    /// `BLKFLSBUF`: writes what is in the page cache and empties it. EACCES: not root.
    pub fn empty_cache(&self) -> Result<()> {
        // SAFETY: the request has no argument.
        unsafe { request::blkflsbuf(self.0.as_raw_fd()) }?;
        Ok(())
    }

    /// posix_fadvise(2), `POSIX_FADV_RANDOM`: read what is asked for and not ahead of it.
    pub fn without_read_ahead(self) -> Result<Disk> {
        posix_fadvise(&self.0, 0, 0, PosixFadviseAdvice::POSIX_FADV_RANDOM)?;
        Ok(self)
    }
}

impl AsFd for Disk {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
