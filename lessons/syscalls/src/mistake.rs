//! Calls that must fail.

use crate::{child, clock, instruction};
use nix::{
    Result,
    libc::{self, c_long},
    unistd::pipe,
};
use std::{
    fs::OpenOptions,
    os::fd::{AsRawFd, OwnedFd},
};
use syscalls::Sysno;

/// A number that no call has. Fails with ENOSYS.
pub fn no_such_call() -> Result<c_long> {
    // SAFETY: nobody looks at the arguments.
    instruction::decode(unsafe { instruction::syscall(100_000, [0; 6]) })
}

/// An address in the half of memory that belongs to the kernel.
pub const KERNEL: usize = match usize::BITS {
    64 => 0xffff_8000_0000_0000_u64 as usize,
    _ => 0xc000_0000,
};

// ANCHOR: write_from
/// write(2) of five bytes that are not ours.
fn write_from(address: usize, file: &OwnedFd) -> Result<c_long> {
    let fd = file.as_raw_fd() as usize;
    // SAFETY: the kernel only reads, and checks the address first. Nobody else follows it.
    unsafe { instruction::call(Sysno::write, [fd, address, 5, 0, 0, 0]) }
}
// ANCHOR_END: write_from

/// write(2) of five bytes from `address` into a pipe, which copies them. Fails with EFAULT.
pub fn into_a_pipe(address: usize) -> Result<c_long> {
    let (_reader, writer) = pipe()?;
    write_from(address, &writer)
}

/// The same into `/dev/null`, which does not look at them. EFAULT: they are not in our half
/// of memory.
pub fn into_null(address: usize) -> Result<c_long> {
    let null = OpenOptions::new().write(true).open("/dev/null");
    write_from(address, &null.map_err(|_| nix::errno::Errno::ENOENT)?.into())
}

/// An address where nothing is, for the answer of clock_gettime(2).
const NOWHERE: usize = 8;

/// Asks the kernel for the time. Fails with EFAULT.
pub fn time_by_instruction() -> Result<c_long> {
    let arguments = [clock::CLOCK as usize, NOWHERE, 0, 0, 0, 0];
    // SAFETY: nothing is mapped there, so the kernel has nowhere to write.
    unsafe { instruction::call(Sysno::clock_gettime, arguments) }
}

/// Asks the vDSO for the time, in a child. Returns how that ended.
pub fn time_by_vdso() -> Result<String> {
    child::run(|| {
        // SAFETY: not safe at all, and this child is there to show it. Nothing is mapped
        // there, so the write can only end the child.
        unsafe {
            libc::clock_gettime(clock::CLOCK, std::ptr::without_provenance_mut(NOWHERE))
        }
    })
}
