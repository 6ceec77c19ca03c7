//! Calls that must fail, each wrong in one way only.

use crate::{METER_READING_CLEAR, METER_TYPE, Meter, MeterReading, request};
use nix::{Result, fcntl, fcntl::OFlag, sys::stat::Mode, sys::termios};
use std::{os::fd::AsRawFd, ptr};

/// The wrong numbers, declared like right ones.
mod wrong {
    use super::{LongReading, METER_TYPE, MeterReading};

    nix::ioctl_none!(no_such_request, METER_TYPE, 9);
    nix::ioctl_readwrite!(meter_long_reading, METER_TYPE, 2, LongReading);
    // ANCHOR: pointer_sized
    nix::ioctl_readwrite!(meter_get_reading, METER_TYPE, 2, *mut MeterReading);
    // ANCHOR_END: pointer_sized
}

/// A request that the driver does not have. Fails with ENOTTY.
pub fn no_such_request(meter: &Meter) -> Result<i32> {
    // SAFETY: the request has no argument.
    unsafe { wrong::no_such_request(meter.0.as_raw_fd()) }
}

// ANCHOR: null_pointer
/// A place for the answer that is not there. Fails with EFAULT.
pub fn null_pointer(meter: &Meter) -> Result<i32> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    unsafe { request::meter_get_total(meter.0.as_raw_fd(), ptr::null_mut()) }
}
// ANCHOR_END: null_pointer

// ANCHOR: read_only_memory
/// Asks to read and clear, with memory that may only be read. Fails with EFAULT.
pub fn read_only_memory(meter: &Meter) -> Result<i32> {
    static READING: MeterReading = MeterReading::asking(METER_READING_CLEAR);
    let reading = (&raw const READING).cast_mut();
    // SAFETY: the static lies in read-only memory, which the kernel can read but not change.
    unsafe { request::meter_get_reading(meter.0.as_raw_fd(), reading) }
}
// ANCHOR_END: read_only_memory

/// A number made from the size of a *pointer* to the struct. Fails with EINVAL.
pub fn pointer_sized_reading(meter: &Meter) -> Result<i32> {
    let mut reading = MeterReading::default();
    // SAFETY: whatever size the driver believes, 8 or 32 bytes, `reading` has room for it.
    unsafe { wrong::meter_get_reading(meter.0.as_raw_fd(), (&raw mut reading).cast()) }
}

// ANCHOR: long_reading
/// The reading of a future contract, with a field that this driver has never heard of.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LongReading {
    /// What this driver knows.
    pub known: MeterReading,
    /// What it does not know. 0 asks for nothing.
    pub extra: u64,
}

/// `METER_GET_READING` with the longer struct. E2BIG: `extra` is not 0.
pub fn long_reading(meter: &Meter, extra: u64) -> Result<MeterReading> {
    let mut reading = LongReading { known: MeterReading::default(), extra };
    // SAFETY: the driver uses at most as many bytes as the number says: one LongReading.
    unsafe { wrong::meter_long_reading(meter.0.as_raw_fd(), &mut reading) }?;
    Ok(reading.known)
}
// ANCHOR_END: long_reading

/// `METER_GET_TOTAL` to a file that is not a meter. Fails with ENOTTY.
pub fn wrong_file(which: WrongFile) -> Result<u64> {
    let file =
        fcntl::open(which.path(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut total = 0;
    // SAFETY: neither file has a request of our type, so nobody uses the pointer.
    unsafe { request::meter_get_total(file.as_raw_fd(), &mut total) }?;
    Ok(total)
}

/// Files that know nothing of our requests.
#[derive(Clone, Copy, Debug)]
pub enum WrongFile {
    /// A character device without any requests of its own, `/dev/null`.
    Null,
    /// A regular file: this program's own.
    Program,
}

impl WrongFile {
    fn path(self) -> &'static str {
        match self {
            WrongFile::Null => "/dev/null",
            WrongFile::Program => "/proc/self/exe",
        }
    }
}

/// A terminal's request, `TCGETS` (what tcgetattr(3) sends), to the meter. Fails with ENOTTY.
pub fn tcgetattr(meter: &Meter) -> Result<termios::Termios> {
    termios::tcgetattr(meter)
}
