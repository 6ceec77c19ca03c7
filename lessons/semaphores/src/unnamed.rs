//! A semaphore without a name, in memory that a process shares with its children.

use crate::semaphore::Semaphore;
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap},
};
use std::{mem::size_of, num::NonZeroUsize, ops::Deref, ptr::NonNull};

/// A value in memory that every child of ours has too, and not a copy of it.
pub struct Shared<T>(NonNull<T>);

impl<T> Shared<T> {
    /// mmap(2) with `MAP_SHARED`. ENOMEM: there is no memory.
    pub fn new(value: T) -> Result<Shared<T>> {
        let length = const { NonZeroUsize::new(size_of::<T>()).expect("it has a size") };
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, at a place where nothing is.
        let page =
            unsafe { mmap_anonymous(None, length, protection, MapFlags::MAP_SHARED) }?;
        let place = page.cast::<T>();
        // SAFETY: the page is ours, writable, and large and aligned enough for any T.
        unsafe { place.write(value) };
        Ok(Shared(place))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: `new` has put a T there, and it stays mapped until Drop.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and no longer used by this process. If this fails,
        // a page stays mapped.
        let _ = unsafe { munmap(self.0.cast(), size_of::<T>()) };
    }
}

// ANCHOR: unnamed
/// A semaphore for this process and for the children that it will have.
pub struct Unnamed(Shared<Semaphore>);

impl Unnamed {
    /// sem_init(3). EINVAL: more than 2147483647.
    pub fn new(value: u32) -> Result<Unnamed> {
        let memory = Shared::new(Semaphore::uninitialised())?;
        // SAFETY: memory for a sem_t, and it stays where it is. 1: other processes use it.
        Errno::result(unsafe { libc::sem_init(memory.as_ptr(), 1, value) })?;
        Ok(Unnamed(memory))
    }
}
// ANCHOR_END: unnamed

impl Deref for Unnamed {
    type Target = Semaphore;

    fn deref(&self) -> &Semaphore {
        &self.0
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        // SAFETY: initialised once, destroyed once: only our children share it, and they
        // leave by _exit(2), which drops nothing.
        unsafe { libc::sem_destroy(self.as_ptr()) };
    }
}
