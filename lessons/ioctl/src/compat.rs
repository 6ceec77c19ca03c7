//! The call of a 32-bit program, made by a 64-bit one.
//!
//! On x86-64 the instruction `int 0x80` enters the kernel by the door that 32-bit programs use,
//! whoever executes it: the kernel then treats this one call as a 32-bit one. That saves us a
//! 32-bit compiler and a 32-bit C library.

use crate::{METER_GET_READING, METER_TYPE, Meter, MeterReading};
use nix::{
    Result,
    errno::Errno,
    request_code_readwrite,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap},
};
use std::{ffi::c_void, mem::size_of, num::NonZero, os::fd::AsRawFd, ptr::NonNull};

#[cfg(target_arch = "x86_64")]
/// ioctl(2) in arch/x86/entry/syscalls/syscall_32.tbl.
const NR_IOCTL: u32 = 54;

// ANCHOR: without_reserved
/// The reading without its `reserved` field, as a 32-bit x86 compiler lays it out: a u64
/// is aligned to 4 bytes, not 8.
#[repr(C, packed(4))]
pub struct ReadingWithoutReserved {
    flags: u32,
    taken: u64,
    limit: u64,
    total: u64,
}

/// The number that a 32-bit program would compute from that struct.
pub const NUMBER_WITHOUT_RESERVED: u32 =
    request_code_readwrite!(METER_TYPE, 2, size_of::<ReadingWithoutReserved>()) as u32;
// ANCHOR_END: without_reserved

/// `METER_GET_READING` as a 32-bit program sends it. A kernel that runs no 32-bit programs answers
/// the instruction with SIGSEGV.
pub fn get_reading(meter: &Meter, reading: MeterReading) -> Result<MeterReading> {
    let argument = LowMemory::with(reading)?;
    // SAFETY: the driver reads and writes one MeterReading, and `argument` is one.
    unsafe { ioctl32(meter.0.as_raw_fd(), METER_GET_READING, argument.address()) }?;
    Ok(argument.read())
}

/// The same with [`NUMBER_WITHOUT_RESERVED`]. Fails with EINVAL: 28 bytes are too few.
pub fn get_reading_without_reserved(meter: &Meter) -> Result<()> {
    let argument = LowMemory::with(MeterReading::default())?;
    // SAFETY: whatever size the driver believes, 28 or 32 bytes, `argument` has room for it.
    unsafe { ioctl32(meter.0.as_raw_fd(), NUMBER_WITHOUT_RESERVED, argument.address()) }
}

#[cfg(target_arch = "x86_64")]
// ANCHOR: ioctl32
/// ioctl(2) through the 32-bit door: its number in eax, arguments in ebx, ecx and edx.
///
/// # Safety
/// As for ioctl(2): the driver may use memory at `argument` as `request` tells it to.
unsafe fn ioctl32(fd: i32, request: u32, argument: u32) -> Result<()> {
    let result: i32;
    // SAFETY: rbx, which the compiler keeps for itself, is put back; of the others, the
    // kernel may change r8 to r11. What happens to memory is the caller's promise.
    unsafe {
        std::arch::asm!(
            "xchg rbx, rsi",
            "int 0x80",
            "xchg rbx, rsi",
            inlateout("eax") NR_IOCTL => result,
            in("rsi") fd as u64,
            in("ecx") request,
            in("edx") argument,
            lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
        );
    }
    // The C library's part of the work: -EXXX in the result register becomes errno.
    if result < 0 { Err(Errno::from_raw(-result)) } else { Ok(()) }
}
// ANCHOR_END: ioctl32

/// The same in a program that is a 32-bit one itself and has no other door.
///
/// # Safety
/// As for ioctl(2).
#[cfg(target_arch = "x86")]
unsafe fn ioctl32(fd: i32, request: u32, argument: u32) -> Result<()> {
    // SAFETY: the caller's promise.
    Errno::result(unsafe { nix::libc::ioctl(fd, request.into(), argument) }).map(drop)
}

/// A reading in the lowest 2 GiB, where a 32-bit pointer reaches it.
struct LowMemory(NonNull<c_void>);

impl LowMemory {
    /// mmap(2) with `MAP_32BIT`. ENOMEM: nothing is free down there.
    fn with(reading: MeterReading) -> Result<LowMemory> {
        let length = const {
            NonZero::new(size_of::<MeterReading>()).expect("a reading has fields")
        };
        let flags = MapFlags::MAP_PRIVATE | MapFlags::MAP_32BIT;
        // SAFETY: a new mapping, at a place where nothing is.
        let address = unsafe {
            mmap_anonymous(
                None,
                length,
                ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
                flags,
            )
        }?;
        // SAFETY: the page is ours, writable, and larger and better aligned than a reading.
        unsafe { address.cast().write(reading) };
        Ok(LowMemory(address))
    }

    fn address(&self) -> u32 {
        self.0.as_ptr() as usize as u32
    }

    fn read(&self) -> MeterReading {
        // SAFETY: the page holds a reading, and whatever bytes the kernel wrote are one too.
        unsafe { self.0.cast().read() }
    }
}

impl Drop for LowMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone and no longer used. If this fails, a page stays mapped.
        let _ = unsafe { munmap(self.0, size_of::<MeterReading>()) };
    }
}
