//! An unnamed POSIX semaphore that lies in shared memory. The overview is sem_overview(7).

use nix::{
    Result,
    errno::Errno,
    libc::{self, sem_t},
};
use std::cell::UnsafeCell;

// ANCHOR: semaphore
/// A semaphore between processes. It is plain memory, in which the C library counts with
/// atomics, and where it waits with futex(2).
#[repr(transparent)]
pub struct Semaphore(UnsafeCell<sem_t>);

// SAFETY: sharing is what a semaphore is for, and its functions may be called by anyone at
// any time.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// sem_init(3), for processes, with this value. Nobody may wait on it now.
    pub fn init(&self, value: u32) -> Result<()> {
        // SAFETY: room for a sem_t. 1 says that processes share it and not only threads.
        Errno::result(unsafe { libc::sem_init(self.0.get(), 1, value) }).map(drop)
    }

    /// sem_wait(3): waits for more than 0 and takes 1. EINTR: a signal came first.
    pub fn wait(&self) -> Result<()> {
        // SAFETY: no bit pattern of a sem_t makes this more than a wrong count.
        Errno::result(unsafe { libc::sem_wait(self.0.get()) }).map(drop)
    }

    /// sem_post(3): adds 1, and wakes one who waits. EOVERFLOW: no more can be added.
    pub fn post(&self) -> Result<()> {
        // SAFETY: as in `wait`.
        Errno::result(unsafe { libc::sem_post(self.0.get()) }).map(drop)
    }
}
// ANCHOR_END: semaphore
