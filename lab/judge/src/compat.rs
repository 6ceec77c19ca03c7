//! ioctl(2) as a 32-bit program makes it.

use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap},
};
use std::{arch::asm, num::NonZeroUsize, os::fd::AsRawFd};

/// ioctl(2) among the system calls of a 32-bit program, from arch/x86/entry/syscalls/syscall_32.tbl.
const IOCTL: i32 = 54;

/// What the request has written to a `T` that was all zeros. It comes to the driver's `.compat_ioctl`.
///
/// # Safety
///
/// The request reads and writes a `T`, and any bytes are one.
pub unsafe fn ioctl<T: Copy>(file: &impl AsRawFd, request: libc::c_ulong) -> nix::Result<T> {
    let length = NonZeroUsize::new(size_of::<T>()).ok_or(Errno::EINVAL)?;
    let (may, kind) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_PRIVATE | MapFlags::MAP_32BIT);
    // SAFETY: a new mapping, which overlaps nothing. Its address has 32 bits.
    let place = unsafe { mmap_anonymous(None, length, may, kind) }?;
    let result: i32;
    // SAFETY: the caller says that the request keeps to a `T`, and nobody else has the mapping. The compiler keeps rbx for itself,
    // so it is put back.
    unsafe {
        asm!(
            "xchg rbx, {file}",
            "int 0x80",
            "xchg rbx, {file}",
            file = inout(reg) i64::from(file.as_raw_fd()) => _,
            inout("eax") IOCTL => result,
            in("rcx") request,
            in("rdx") place.as_ptr(),
            out("r8") _, out("r9") _, out("r10") _, out("r11") _,
        );
    }
    // SAFETY: the mapping has room for a `T`, any bytes are one, and it begins with a page.
    let value = unsafe { place.cast::<T>().read() };
    // SAFETY: it was mapped for this, and nobody has a reference to it.
    unsafe { munmap(place, length.get()) }?;
    if result < 0 { Err(Errno::from_raw(-result)) } else { Ok(value) }
}
