//! Calls with bad pointers.

use crate::counter::Counter;
use nix::{Result, errno::Errno, libc};
use std::{os::fd::AsRawFd, ptr};

impl Counter {
    /// write(2) of 2 bytes from a null pointer. Fails with EFAULT.
    pub fn write_from_null(&self) -> Result<isize> {
        // SAFETY: the kernel checks the address, and there is nothing at this one.
        Errno::result(unsafe { libc::write(self.0.as_raw_fd(), ptr::null(), 2) })
    }

    /// read(2) of 100 bytes to a null pointer. Fails with EFAULT.
    pub fn read_to_null(&self) -> Result<isize> {
        // SAFETY: as above.
        Errno::result(unsafe { libc::read(self.0.as_raw_fd(), ptr::null_mut(), 100) })
    }
}
