//! A room with so many places, counted by a POSIX semaphore; see sem_overview(7).

use nix::{Result, errno::Errno};
use std::cell::UnsafeCell;

/// The room. Any number of threads may use it.
pub struct Room {
    /// How many places are free. In a box, because a semaphore must stay where it was made.
    free: Box<UnsafeCell<libc::sem_t>>,
}

// SAFETY: a semaphore is made to be used by several threads.
unsafe impl Sync for Room {}
// SAFETY: nothing in it belongs to one thread.
unsafe impl Send for Room {}

impl Room {
    /// A room with `places` places, all of them free.
    pub fn new(places: u32) -> Result<Room> {
        // SAFETY: a semaphore is a plain struct, and all zeros is one.
        let free = Box::new(UnsafeCell::new(unsafe { std::mem::zeroed() }));
        // SAFETY: the memory is ours, and nobody else has it yet.
        Errno::result(unsafe { libc::sem_init(free.get(), 0, places) })?;
        Ok(Room { free })
    }

    /// Waits for a place, does `work`, and leaves.
    pub fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the semaphore was initialised.
        unsafe { libc::sem_wait(self.free.get()) };
        let result = work();
        // SAFETY: the same.
        unsafe { libc::sem_post(self.free.get()) };
        result
    }
}
