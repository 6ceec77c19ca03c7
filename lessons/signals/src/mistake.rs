//! Calls that must fail, each wrong in one way only.

use crate::ticker::{Ticker, request};
use nix::{Result, errno::Errno, libc, unistd};
use std::{
    fs::File,
    os::fd::{AsFd, AsRawFd},
    ptr,
};

mod wrong {
    nix::ioctl_none!(no_such_request, 0xC5, 0x2f);
}

/// A request that the driver does not have. Fails with ENOTTY.
pub fn no_such_request(ticker: &Ticker) -> Result<i32> {
    // SAFETY: the request has no argument.
    unsafe { wrong::no_such_request(ticker.as_fd().as_raw_fd()) }
}

/// `TICKER_NOTIFY` with a pointer to nothing. Fails with EFAULT.
pub fn notify_from_nowhere(ticker: &Ticker) -> Result<i32> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nothing to read.
    unsafe { request::ticker_notify(ticker.as_fd().as_raw_fd(), ptr::null()) }
}

/// `TICKER_EVENTFD` with a file that is something else. Fails with EINVAL.
pub fn eventfd_of_null(ticker: &Ticker) -> Result<()> {
    let null = File::open("/dev/null").map_err(|_| Errno::ENOENT)?;
    ticker.raw_eventfd(null.as_raw_fd())
}

/// read(2) with room for half of a number. Fails with EINVAL.
pub fn short_read(ticker: &Ticker) -> Result<usize> {
    unistd::read(ticker, &mut [0; 4])
}

/// read(2) to an address where nothing is. Fails with EFAULT.
pub fn read_to_nowhere(ticker: &Ticker) -> Result<usize> {
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    unsafe { read_to(ticker, 0) }
}

/// read(2) to a page that is not there yet. EFAULT: and it will not be.
pub fn read_to_page(ticker: &Ticker, page: usize) -> Result<usize> {
    // SAFETY: the page belongs to an `AbsentPage`, and no Rust reference to it exists.
    unsafe { read_to(ticker, page) }
}

/// # Safety
/// The kernel may write to the address.
unsafe fn read_to(ticker: &Ticker, address: usize) -> Result<usize> {
    let address = ptr::without_provenance_mut(address);
    // SAFETY: the caller's promise.
    let count = unsafe { libc::read(ticker.as_fd().as_raw_fd(), address, 8) };
    Errno::result(count).map(|count| count as usize)
}

/// sigqueue(3): sends this process a signal as any program could. EAGAIN: too many are
/// pending for this user.
pub fn sigqueue(signal: i32, value: i32) -> Result<()> {
    let value = libc::sigval { sival_ptr: ptr::without_provenance_mut(value as usize) };
    // SAFETY: to ourselves, a signal that the lesson has blocked.
    Errno::result(unsafe { libc::sigqueue(libc::getpid(), signal, value) }).map(drop)
}
