//! A semaphore with a name, which processes find that have nothing else in common.

use crate::semaphore::Semaphore;
use nix::{
    Result,
    errno::Errno,
    libc::{self, O_CREAT, O_EXCL, c_int, mode_t, sem_t},
};
use std::{ffi::CStr, ops::Deref, path::PathBuf, ptr::NonNull};

// ANCHOR: open
/// An open named semaphore. Dropping it closes it; the semaphore itself stays.
pub struct Named(NonNull<Semaphore>);

impl Named {
    /// sem_open(3) of one that exists. ENOENT: it does not.
    pub fn open(name: &CStr) -> Result<Named> {
        // SAFETY: without O_CREAT there are no further arguments.
        Named::new(unsafe { libc::sem_open(name.as_ptr(), 0) })
    }

    /// sem_open(3) with `O_CREAT`: opens it, and makes it first if there is none. Only
    /// then do `mode` and `value` count.
    pub fn open_or_create(name: &CStr, mode: mode_t, value: u32) -> Result<Named> {
        Named::open_with(name, O_CREAT, mode, value)
    }

    /// sem_open(3) with `O_CREAT | O_EXCL`: makes it. EEXIST: there is one.
    /// EINVAL: not a name, or more than 2147483647.
    pub fn create(name: &CStr, mode: mode_t, value: u32) -> Result<Named> {
        Named::open_with(name, O_CREAT | O_EXCL, mode, value)
    }
    // ANCHOR_END: open

    fn open_with(name: &CStr, flags: c_int, mode: mode_t, value: u32) -> Result<Named> {
        // SAFETY: with O_CREAT, a mode and a value follow.
        Named::new(unsafe { libc::sem_open(name.as_ptr(), flags, mode, value) })
    }

    fn new(semaphore: *mut sem_t) -> Result<Named> {
        // SEM_FAILED is null.
        NonNull::new(semaphore.cast()).map(Named).ok_or_else(Errno::last)
    }
}

impl Deref for Named {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        // SAFETY: sem_open(3) returned it, and it stays until Drop closes it.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        // SAFETY: opened once by `new`, closed once here. It is ours, so this cannot fail.
        unsafe { libc::sem_close(self.as_ptr()) };
    }
}

/// sem_unlink(3): takes the name away. Who has it open can go on using it.
/// ENOENT: there is none. EACCES: it is somebody else's.
pub fn unlink(name: &CStr) -> Result<()> {
    // SAFETY: `name` is a C string.
    Errno::result(unsafe { libc::sem_unlink(name.as_ptr()) }).map(drop)
}

/// Where the C library counts in that file how many wait: `struct new_sem`. On 32-bit machines
/// two fields come between that and the value, which has a bit for whether anybody waits.
pub const WAITERS: std::ops::Range<usize> = match usize::BITS {
    64 => 4..8,
    _ => 12..16,
};

/// The file that the C library keeps it in, from sem_overview(7).
pub fn file(name: &CStr) -> PathBuf {
    format!("/dev/shm/sem.{}", name.to_string_lossy().trim_start_matches('/')).into()
}
