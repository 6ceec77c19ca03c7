//! A page whose first touch waits for us, by userfaultfd(2). Whoever touches it, the kernel
//! included, stands still until we let it go on.

use crate::patience::until;
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap},
    unistd,
};
use std::{
    ffi::c_void,
    num::NonZeroUsize,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    ptr::NonNull,
    time::Duration,
};

/// `UFFD_API`, also the letter of the requests. From include/uapi/linux/userfaultfd.h, as
/// is all of this module's.
const API: u64 = 0xAA;

/// `UFFDIO_REGISTER_MODE_MISSING`: tell of pages that are not there.
const MISSING: u64 = 1;

/// `struct uffdio_api`.
#[repr(C)]
pub(crate) struct Api {
    api: u64,
    features: u64,
    requests: u64,
}

/// `struct uffdio_range`.
#[repr(C)]
pub(crate) struct Range {
    start: u64,
    length: u64,
}

/// `struct uffdio_register`.
#[repr(C)]
pub(crate) struct Register {
    range: Range,
    mode: u64,
    requests: u64,
}

/// `struct uffdio_zeropage`.
#[repr(C)]
pub(crate) struct Zeropage {
    range: Range,
    mode: u64,
    filled: i64,
}

mod request {
    use super::{API, Api, Range, Register, Zeropage};

    nix::ioctl_readwrite!(api, API, 0x3f, Api);
    nix::ioctl_readwrite!(register, API, 0x00, Register);
    nix::ioctl_read!(wake, API, 0x02, Range);
    nix::ioctl_readwrite!(zeropage, API, 0x04, Zeropage);
}

const LENGTH: NonZeroUsize = NonZeroUsize::new(4096).expect("not 0");

/// How long [`AbsentPage::touched`] waits, counted in naps: longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(2);

/// userfaultfd(2), whose reads do not wait. EPERM: you are not root.
pub fn userfaultfd() -> Result<OwnedFd> {
    let flags = libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: takes flags.
    let faults = unsafe { libc::syscall(libc::SYS_userfaultfd, flags) };
    let faults = Errno::result(faults)? as i32;
    // SAFETY: the descriptor is new, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(faults) })
}

/// A page that is not there yet.
pub struct AbsentPage {
    page: NonNull<c_void>,
    faults: OwnedFd,
}

// SAFETY: it gives away nothing but an address, and the kernel does the rest.
unsafe impl Send for AbsentPage {}
// SAFETY: as above.
unsafe impl Sync for AbsentPage {}

impl AbsentPage {
    /// mmap(2) and userfaultfd(2). EPERM: you are not root.
    pub fn new() -> Result<AbsentPage> {
        let faults = userfaultfd()?;
        let may = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping, which overlaps nothing.
        let page = unsafe { mmap_anonymous(None, LENGTH, may, MapFlags::MAP_PRIVATE) }?;
        let absent = AbsentPage { page, faults };
        let mut api = Api { api: API, features: 0, requests: 0 };
        let mut register = Register { range: absent.range(), mode: MISSING, requests: 0 };
        // SAFETY: the kernel reads and writes one struct of each kind.
        unsafe {
            request::api(absent.faults.as_raw_fd(), &mut api)?;
            request::register(absent.faults.as_raw_fd(), &mut register)?;
        }
        Ok(absent)
    }

    fn range(&self) -> Range {
        Range { start: self.address() as u64, length: LENGTH.get() as u64 }
    }

    /// Where it is.
    pub fn address(&self) -> usize {
        self.page.as_ptr() as usize
    }

    /// Waits until somebody has touched it, and stands still. ETIMEDOUT: nobody does.
    pub fn touched(&self) -> Result<()> {
        // One `struct uffd_msg`.
        let touched = until(PATIENCE, || match unistd::read(&self.faults, &mut [0; 32]) {
            Err(Errno::EAGAIN) => None,
            read => Some(read.map(drop)),
        });
        touched.unwrap_or(Err(Errno::ETIMEDOUT))
    }

    /// `UFFDIO_ZEROPAGE`: it is there, all zero, and they go on. EEXIST: it has been there.
    pub fn arrive(&self) -> Result<()> {
        let mut zeropage = Zeropage { range: self.range(), mode: 0, filled: 0 };
        // SAFETY: the page is ours, and nobody has seen what is in it; the kernel reads and
        // writes one struct.
        unsafe { request::zeropage(self.faults.as_raw_fd(), &mut zeropage) }.map(drop)
    }
}

impl Drop for AbsentPage {
    /// munmap(2), and `UFFDIO_WAKE`: they go on, and find nothing there any more.
    fn drop(&mut self) {
        let mut range = self.range();
        // SAFETY: it is ours, and no Rust reference to it exists; the kernel reads a range.
        let _ = unsafe { munmap(self.page, LENGTH.get()) };
        // SAFETY: as above.
        let _ = unsafe { request::wake(self.faults.as_raw_fd(), &mut range) };
    }
}
