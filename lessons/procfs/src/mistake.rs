//! Calls with bad pointers. Each must fail.

use crate::{Booking, Passengers};
use nix::{Result, errno::Errno};
use std::{os::fd::AsRawFd, ptr};

// ANCHOR: null_order
/// An order that is nowhere. Fails with EFAULT.
pub fn null_order(booking: &Booking) -> Result<isize> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nothing to read.
    Errno::result(unsafe { libc::write(booking.0.as_raw_fd(), ptr::null(), 5) })
}
// ANCHOR_END: null_order

// ANCHOR: read_only_buffer
/// A buffer that nobody may write to. Fails with EFAULT.
pub fn read_only_buffer(passengers: &Passengers) -> Result<isize> {
    static TEXT: [u8; 16] = *b"written in stone";
    let buffer = (&raw const TEXT).cast_mut().cast();
    // SAFETY: the static lies in read-only memory, where the kernel cannot write either.
    Errno::result(unsafe { libc::read(passengers.0.as_raw_fd(), buffer, TEXT.len()) })
}
// ANCHOR_END: read_only_buffer
