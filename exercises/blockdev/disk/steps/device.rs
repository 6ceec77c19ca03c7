//! The disk as the steps use it.

use judge::{Context, Result, accepted, equal};
use memmap2::MmapMut;
use nix::{
    fcntl::{self, OFlag},
    sys::{stat::Mode, uio::pwrite},
};
use std::{fs::File, os::fd::AsRawFd, time::Duration};

/// The bytes of the disk, of one of its chunks, and of one of its sectors.
pub const SIZE: usize = 4 << 20;
pub const CHUNK: usize = 32 << 10;
pub const SECTOR: usize = 512;

/// The bytes of a page of memory.
pub const PAGE: usize = 4096;

/// How long something may take that must happen.
pub const PATIENCE: Duration = Duration::from_secs(1);

nix::ioctl_write_ptr_bad!(blkdiscard, nix::request_code_none!(0x12, 119), [u64; 2]);
nix::ioctl_write_ptr_bad!(blkroset, nix::request_code_none!(0x12, 93), libc::c_int);

/// The disk, past the page cache.
pub struct Disk(pub File);

impl Disk {
    /// open(2).
    pub fn open() -> Result<Disk> {
        Ok(Disk(open(OFlag::O_DIRECT)?))
    }

    /// pwrite(2), which must succeed.
    pub fn write(&self, place: i64, memory: &[u8]) -> Result<usize> {
        let written = accepted("a direct write", pwrite(&self.0, memory, place))?;
        equal("how much a direct write has written", written, memory.len())?;
        Ok(written)
    }

    /// BLKDISCARD; place and length are in sectors.
    pub fn discard(&self, place: usize, length: usize) -> Result<()> {
        let range = [place, length].map(|sectors| (sectors * SECTOR) as u64);
        // SAFETY: BLKDISCARD reads the two numbers.
        accepted("BLKDISCARD", unsafe { blkdiscard(self.0.as_raw_fd(), &range) }).map(drop)
    }

    /// BLKROSET.
    pub fn set_read_only(&self, yes: bool) -> nix::Result<()> {
        // SAFETY: BLKROSET reads an int.
        unsafe { blkroset(self.0.as_raw_fd(), &libc::c_int::from(yes)) }.map(drop)
    }
}

/// Memory that begins with a page, as O_DIRECT wants it.
pub fn sectors(letter: u8, length: usize) -> Result<MmapMut> {
    let mut memory = MmapMut::map_anon(length)?;
    memory.fill(letter);
    Ok(memory)
}

/// open(2) with these flags besides.
pub fn open(flags: OFlag) -> Result<File> {
    let disk = fcntl::open("/dev/exercise", OFlag::O_RDWR | OFlag::O_CLOEXEC | flags, Mode::empty());
    disk.map(File::from).context("open /dev/exercise")
}
