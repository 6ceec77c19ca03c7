//! A semaphore: a number that goes up and down, and that nobody can take below zero.

use nix::{Result, errno::Errno, libc, sys::time::TimeSpec};
use std::{
    cell::UnsafeCell,
    time::{Duration, SystemTime},
};

/// A semaphore in memory that several processes may share. There is one only behind a
/// [`Named`](crate::named::Named) or an [`Unnamed`](crate::unnamed::Unnamed), which have
/// initialised it.
#[repr(transparent)]
pub struct Semaphore(UnsafeCell<libc::sem_t>);

// SAFETY: these calls are there to be made by several threads at the same time.
unsafe impl Sync for Semaphore {}

// ANCHOR: verbs
impl Semaphore {
    /// sem_wait(3): takes 1, and sleeps while there is none. EINTR: a handler ran.
    pub fn wait(&self) -> Result<()> {
        // SAFETY: where there is a Semaphore, it has been initialised.
        Errno::result(unsafe { libc::sem_wait(self.0.get()) }).map(drop)
    }

    /// sem_trywait(3): takes 1. EAGAIN: there is none.
    pub fn try_wait(&self) -> Result<()> {
        // SAFETY: as above.
        Errno::result(unsafe { libc::sem_trywait(self.0.get()) }).map(drop)
    }

    /// sem_post(3): adds 1 and wakes one who waits. EOVERFLOW: there are 2147483647.
    /// May be called in a signal handler.
    pub fn post(&self) -> Result<()> {
        // SAFETY: as above.
        Errno::result(unsafe { libc::sem_post(self.0.get()) }).map(drop)
    }
    // ANCHOR_END: verbs

    // ANCHOR: timed
    /// sem_timedwait(3): takes 1, and sleeps while there is none, but no longer than
    /// `timeout`. ETIMEDOUT: there still was none. EINTR: a handler ran.
    pub fn timed_wait(&self, timeout: Duration) -> Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.wait_until(TimeSpec::from(now.unwrap_or_default() + timeout))
    }

    /// sem_timedwait(3) as it is: until a time of day. EINVAL: these are no nanoseconds.
    pub fn wait_until(&self, end: TimeSpec) -> Result<()> {
        // SAFETY: as above, and `end` is a timespec.
        Errno::result(unsafe { libc::sem_timedwait(self.0.get(), end.as_ref()) }).map(drop)
    }
    // ANCHOR_END: timed

    /// sem_getvalue(3). It may have changed before you look at it.
    pub fn value(&self) -> Result<i32> {
        let mut value = 0;
        // SAFETY: as above, and `value` is an int.
        Errno::result(unsafe { libc::sem_getvalue(self.0.get(), &mut value) })?;
        Ok(value)
    }

    /// What the kernel knows it by: where it lies in this process's memory.
    pub fn address(&self) -> usize {
        self.0.get() as usize
    }

    /// Memory for one, which sem_init(3) has yet to initialise.
    pub(crate) fn uninitialised() -> Semaphore {
        // SAFETY: zeros are a sem_t.
        Semaphore(UnsafeCell::new(unsafe { std::mem::zeroed() }))
    }

    /// The memory, to initialise it or to end it.
    pub(crate) fn as_ptr(&self) -> *mut libc::sem_t {
        self.0.get()
    }
}
