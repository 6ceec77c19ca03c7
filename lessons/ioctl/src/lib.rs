//! A byte meter, controlled with ioctl(2).
//!
//! The companion module `kmods/ioctl` makes `/dev/crossings_ioctl`, which swallows what is written
//! to it and counts it. This file is the contract and the calls that work, [`number`] takes a
//! request number apart, [`mistake`] holds the calls that fail, [`compat`] makes the call of a
//! 32-bit program, and [`trace`] says which of the kernel's functions to record.
//!
//! Every function returns the kernel's errno as it came. A [`Meter`] exists only for our own
//! device, so its methods are safe: no other driver ever sees these request numbers through them.

pub mod compat;
pub mod mistake;
pub mod number;
pub mod trace;

use nix::{
    Result,
    fcntl::{self, OFlag},
    request_code_none, request_code_read, request_code_readwrite, request_code_write,
    sys::stat::Mode,
    unistd,
};
use std::{
    mem::{offset_of, size_of},
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

// ANCHOR: reading
/// Flag of [`Meter::get_reading`]: then start again from zero.
pub const METER_READING_CLEAR: u32 = 1;

/// The limit of a file that was just opened.
pub const METER_NO_LIMIT: u64 = u64::MAX;

/// `struct meter_reading` of the contract; all counts are in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeterReading {
    /// In: [`METER_READING_CLEAR`] or 0.
    pub flags: u32,
    /// In: must be 0.
    pub reserved: u32,
    /// Out: taken through this open file.
    pub taken: u64,
    /// Out: the most that this open file may take.
    pub limit: u64,
    /// Out: taken through every open file since the last reset.
    pub total: u64,
}
// ANCHOR_END: reading

impl MeterReading {
    /// What to send: `flags`, and zero for the rest.
    pub const fn asking(flags: u32) -> MeterReading {
        MeterReading { flags, reserved: 0, taken: 0, limit: 0, total: 0 }
    }
}

// ANCHOR: requests
/// The type of all our requests.
pub const METER_TYPE: u8 = 0xC5;

mod request {
    use super::{METER_TYPE, MeterReading};

    nix::ioctl_read!(meter_get_total, METER_TYPE, 0, u64);
    nix::ioctl_write_ptr!(meter_set_limit, METER_TYPE, 1, u64);
    nix::ioctl_readwrite!(meter_get_reading, METER_TYPE, 2, MeterReading);
    nix::ioctl_none!(meter_reset, METER_TYPE, 3);
}
// ANCHOR_END: requests

/// Requests that every file has. Their numbers are older than the scheme, which nix calls bad.
mod every_file {
    nix::ioctl_none_bad!(fioclex, nix::libc::FIOCLEX);
}

/// `_IOR(METER_TYPE, 0, __u64)`
pub const METER_GET_TOTAL: u32 = request_code_read!(METER_TYPE, 0, size_of::<u64>()) as u32;
/// `_IOW(METER_TYPE, 1, __u64)`
pub const METER_SET_LIMIT: u32 =
    request_code_write!(METER_TYPE, 1, size_of::<u64>()) as u32;
/// `_IOWR(METER_TYPE, 2, struct meter_reading)`
pub const METER_GET_READING: u32 =
    request_code_readwrite!(METER_TYPE, 2, size_of::<MeterReading>()) as u32;
/// `_IO(METER_TYPE, 3)`
pub const METER_RESET: u32 = request_code_none!(METER_TYPE, 3) as u32;

// ANCHOR: asserts
const _: () = assert!(METER_GET_TOTAL == 0x8008_c500);
const _: () = assert!(METER_SET_LIMIT == 0x4008_c501);
const _: () = assert!(METER_GET_READING == 0xc020_c502);
const _: () = assert!(METER_RESET == 0x0000_c503);

const _: () = assert!(offset_of!(MeterReading, taken) == 8);
const _: () = assert!(offset_of!(MeterReading, limit) == 16);
const _: () = assert!(offset_of!(MeterReading, total) == 24);
const _: () = assert!(size_of::<MeterReading>() == 32);
// ANCHOR_END: asserts

// ANCHOR: meter
/// One open file of `/dev/crossings_ioctl`.
pub struct Meter(OwnedFd);

impl Meter {
    /// open(2) with `flags`, e.g. `O_RDWR`.
    /// ENOENT: the module is not loaded. EACCES: you are not root.
    pub fn open(flags: OFlag) -> Result<Meter> {
        let flags = flags | OFlag::O_CLOEXEC;
        fcntl::open("/dev/crossings_ioctl", flags, Mode::empty()).map(Meter)
    }
}
// ANCHOR_END: meter

impl Meter {
    /// dup(2): a second descriptor for the same open file.
    pub fn dup(&self) -> Result<Meter> {
        unistd::dup(&self.0).map(Meter)
    }

    /// write(2): returns how many bytes the meter took. ENOSPC: the limit is reached.
    pub fn write(&self, bytes: &[u8]) -> Result<usize> {
        unistd::write(&self.0, bytes)
    }

    /// `METER_GET_TOTAL`: bytes taken through every open file since the last reset.
    pub fn get_total(&self) -> Result<u64> {
        let mut total = 0;
        // SAFETY: the driver writes one u64, and `total` is one u64.
        unsafe { request::meter_get_total(self.0.as_raw_fd(), &mut total) }?;
        Ok(total)
    }

    /// `METER_SET_LIMIT`: the most bytes this open file may take. EINVAL: it has taken more.
    pub fn set_limit(&self, limit: u64) -> Result<()> {
        // SAFETY: the driver reads one u64, and `limit` is one u64.
        unsafe { request::meter_set_limit(self.0.as_raw_fd(), &limit) }?;
        Ok(())
    }

    // ANCHOR: get_reading
    /// `METER_GET_READING`: sends `reading` and returns it with the counts filled in.
    /// EINVAL: an unknown flag, or `reserved` is not 0.
    pub fn get_reading(&self, mut reading: MeterReading) -> Result<MeterReading> {
        // SAFETY: the driver uses as many bytes as the number says: one MeterReading.
        unsafe { request::meter_get_reading(self.0.as_raw_fd(), &mut reading) }?;
        Ok(reading)
    }
    // ANCHOR_END: get_reading

    /// `METER_RESET`: sets the total to zero. EBADF: the file is not open for writing.
    pub fn reset(&self) -> Result<()> {
        // SAFETY: the request has no argument.
        unsafe { request::meter_reset(self.0.as_raw_fd()) }?;
        Ok(())
    }

    /// `FIOCLEX`: close this descriptor on execve(2). The kernel does not ask the driver.
    pub fn close_on_exec(&self) -> Result<()> {
        // SAFETY: the request has no argument.
        unsafe { every_file::fioclex(self.0.as_raw_fd()) }?;
        Ok(())
    }
}

impl AsFd for Meter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
