//! Files in /proc: those of every system, and those of our own module.
//!
//! The companion module `kmods/procfs` keeps the passengers of a ferry in `/proc/crossings`. This
//! file holds the calls to it. [`process`] asks /proc about processes, [`mistake`] holds
//! the calls with bad pointers, [`copied`] uses the module that is faulty on purpose, [`debug`] reads
//! what the module says in debugfs, and [`trace`] says which of the kernel's functions to record.
//!
//! Every call returns the kernel's errno as it came.

pub mod copied;
pub mod debug;
pub mod mistake;
pub mod process;
pub mod trace;

use nix::{
    Result,
    fcntl::{self, OFlag},
    libc::off_t,
    sys::{stat::Mode, uio},
    unistd,
};
use std::os::fd::OwnedFd;

// ANCHOR: passengers
/// One open file of `/proc/crossings/passengers`: a line for each passenger, by seat.
pub struct Passengers(OwnedFd);

impl Passengers {
    /// open(2) for reading. ENOENT: the module is not loaded.
    pub fn open() -> Result<Passengers> {
        Passengers::open_for(OFlag::O_RDONLY)
    }

    /// open(2) with other flags, e.g. `O_RDWR`. EACCES: the file's mode forbids that to you.
    pub fn open_for(flags: OFlag) -> Result<Passengers> {
        let path = "/proc/crossings/passengers";
        fcntl::open(path, flags | OFlag::O_CLOEXEC, Mode::empty()).map(Passengers)
    }

    /// read(2): returns how many bytes it put into `buffer`, 0 at the end of the file.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        unistd::read(&self.0, buffer)
    }

    /// Reads to the end with a buffer of `size` bytes: one `Vec` for each read(2).
    pub fn read_to_end(&self, size: usize) -> Result<Vec<Vec<u8>>> {
        let mut buffer = vec![0; size];
        let mut pieces = Vec::new();
        loop {
            match self.read(&mut buffer)? {
                0 => return Ok(pieces),
                count => pieces.push(buffer[..count].to_vec()),
            }
        }
    }
}
// ANCHOR_END: passengers

impl Passengers {
    /// pread(2): reads from `offset` and leaves the position of the open file alone.
    pub fn pread(&self, buffer: &mut [u8], offset: off_t) -> Result<usize> {
        uio::pread(&self.0, buffer, offset)
    }

    /// dup(2): a second descriptor for the same open file.
    pub fn dup(&self) -> Result<Passengers> {
        unistd::dup(&self.0).map(Passengers)
    }

    /// write(2), which this file does not have. Fails with EIO.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        unistd::write(&self.0, bytes)
    }
}

// ANCHOR: booking
/// One open file of `/proc/crossings/booking`.
pub struct Booking(OwnedFd);

impl Booking {
    /// open(2) with `flags`, e.g. `O_WRONLY`. EACCES: only root may write.
    pub fn open(flags: OFlag) -> Result<Booking> {
        let path = "/proc/crossings/booking";
        fcntl::open(path, flags | OFlag::O_CLOEXEC, Mode::empty()).map(Booking)
    }

    /// One write(2), one order: `book SEAT NAME`, `cancel SEAT` or `clear`.
    ///
    /// E2BIG: longer than 63 bytes, or the name than 15. EINVAL: not an order. ERANGE: no such
    /// seat. EBUSY: the seat is taken. ENOENT: nobody sits there.
    pub fn order(&self, order: &[u8]) -> Result<()> {
        unistd::write(&self.0, order).map(drop)
    }
}
// ANCHOR_END: booking

impl Booking {
    /// read(2): returns how many bytes it put into `buffer`.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        unistd::read(&self.0, buffer)
    }
}
