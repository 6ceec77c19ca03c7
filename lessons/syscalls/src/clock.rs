//! The time of day, by a system call and without one.

use crate::instruction;
use nix::{Result, errno::Errno, libc};
use std::mem::MaybeUninit;
use syscalls::Sysno;

/// The clock that the kernel writes down at every tick; see clock_gettime(2). Reading it
/// takes no hardware, so it is fast on every machine.
pub const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC_COARSE;

// ANCHOR: clock
/// By the C library, which calls the vDSO.
pub fn by_vdso() -> Result<libc::timespec> {
    by_libc(CLOCK)
}

fn by_libc(clock: libc::clockid_t) -> Result<libc::timespec> {
    let mut time = MaybeUninit::uninit();
    // SAFETY: a place for a timespec.
    Errno::result(unsafe { libc::clock_gettime(clock, time.as_mut_ptr()) })?;
    // SAFETY: the call has succeeded, so it has filled this in.
    Ok(unsafe { time.assume_init() })
}

/// What this thread has used of its processor, by the same function. That changes with
/// every switch between threads and is not in the vDSO's page.
pub fn of_this_thread() -> Result<libc::timespec> {
    by_libc(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// By the instruction.
pub fn by_instruction() -> Result<libc::timespec> {
    let mut time = MaybeUninit::uninit();
    let arguments = [CLOCK as usize, time.as_mut_ptr() as usize, 0, 0, 0, 0];
    // SAFETY: a place for a timespec.
    unsafe { instruction::call(Sysno::clock_gettime, arguments) }?;
    // SAFETY: the call has succeeded, so it has filled this in.
    Ok(unsafe { time.assume_init() })
}
// ANCHOR_END: clock
