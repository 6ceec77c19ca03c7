//! A mutex of the C library that survives the death of its owner.

use crate::unnamed::Shared;
use nix::{Result, errno::Errno, libc};
use std::{cell::UnsafeCell, mem::MaybeUninit};

/// A mutex in memory that several processes share.
#[repr(transparent)]
struct Memory(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: these calls are there to be made by several threads at the same time.
unsafe impl Sync for Memory {}

// ANCHOR: robust
/// A robust mutex for this process and for the children that it will have.
pub struct Robust(Shared<Memory>);

impl Robust {
    /// pthread_mutex_init(3) with the two attributes that this needs.
    pub fn new() -> Result<Robust> {
        let mutex = Shared::new(Memory(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER)))?;
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the attributes are initialised first and destroyed last. The mutex lies in
        // shared memory, stays there, and nobody uses it yet.
        unsafe {
            let attributes = attributes.as_mut_ptr();
            check(libc::pthread_mutexattr_init(attributes))?;
            check(libc::pthread_mutexattr_setpshared(
                attributes,
                libc::PTHREAD_PROCESS_SHARED,
            ))?;
            check(libc::pthread_mutexattr_setrobust(
                attributes,
                libc::PTHREAD_MUTEX_ROBUST,
            ))?;
            check(libc::pthread_mutex_init(mutex.0.get(), attributes))?;
            check(libc::pthread_mutexattr_destroy(attributes))?;
        }
        Ok(Robust(mutex))
    }

    /// pthread_mutex_lock(3). EOWNERDEAD: it is ours, and its last owner has died with it.
    /// ENOTRECOVERABLE: somebody was told that, and did not repair.
    pub fn lock(&self) -> Result<()> {
        // SAFETY: initialised by `new`.
        check(unsafe { libc::pthread_mutex_lock(self.0.0.get()) })
    }

    /// pthread_mutex_consistent(3): what it guards is repaired. EINVAL: nobody had died.
    pub fn repaired(&self) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { libc::pthread_mutex_consistent(self.0.0.get()) })
    }

    /// pthread_mutex_unlock(3). EPERM: it is not ours.
    pub fn unlock(&self) -> Result<()> {
        // SAFETY: as above.
        check(unsafe { libc::pthread_mutex_unlock(self.0.0.get()) })
    }
}

/// These functions return the errno, and do not set it.
fn check(number: i32) -> Result<()> {
    if number == 0 { Ok(()) } else { Err(Errno::from_raw(number)) }
}
// ANCHOR_END: robust
