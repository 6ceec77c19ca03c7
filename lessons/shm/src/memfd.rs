//! memfd_create(2): a file in memory without a name, and the seals that it can have.

use crate::object::Object;
use memmap2::Mmap;
use nix::{
    Result,
    errno::Errno,
    fcntl::{FcntlArg, OFlag, SealFlag, fcntl, open},
    sys::{
        memfd::{MFdFlags, memfd_create},
        stat::Mode,
    },
};
use std::{
    ops::Deref,
    os::fd::{AsFd, AsRawFd},
};

// ANCHOR: create
/// memfd_create(2): a new file of 0 bytes that can be sealed. The name only shows in /proc.
pub fn create(name: &str) -> Result<Object> {
    memfd_create(name, MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING).map(Object)
}
// ANCHOR_END: create

/// memfd_create(2) without `MFD_ALLOW_SEALING`: the last seal is on it from the beginning.
pub fn create_unsealable(name: &str) -> Result<Object> {
    memfd_create(name, MFdFlags::MFD_CLOEXEC).map(Object)
}

// ANCHOR: seal
/// fcntl(2) with `F_ADD_SEALS`. EPERM: sealed against seals. EBUSY: `F_SEAL_WRITE` while
/// somebody has it mapped to be written. EINVAL: not a file that can be sealed.
pub fn add_seals(file: &impl AsFd, seals: SealFlag) -> Result<()> {
    fcntl(file, FcntlArg::F_ADD_SEALS(seals)).map(drop)
}

/// fcntl(2) with `F_GET_SEALS`. EINVAL: not a file that can be sealed.
pub fn seals(file: &impl AsFd) -> Result<SealFlag> {
    fcntl(file, FcntlArg::F_GET_SEALS).map(SealFlag::from_bits_truncate)
}
// ANCHOR_END: seal

// ANCHOR: sealed
/// Bytes that nobody can change or take away any more, whoever made them.
pub struct Sealed(Mmap);

impl Sealed {
    /// Checks the seals and maps the file. EPERM: a seal is missing.
    pub fn new(object: &Object) -> Result<Sealed> {
        let needed = SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK;
        if !seals(object)?.contains(needed) {
            return Err(Errno::EPERM);
        }
        let object = reopen(object, OFlag::O_RDONLY)?;
        // SAFETY: the seals are what this wants, and no seal is ever taken off again.
        unsafe { object.map_read_only() }.map(Sealed)
    }
}

impl Deref for Sealed {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
// ANCHOR_END: sealed

// ANCHOR: reopen
/// open(2) by way of /proc: the same file, opened anew, in whichever way its mode allows.
/// [`Sealed`] needs this for kernels such as 5.15, which refuse any shared mapping of a file
/// that is open for writing and sealed against it.
pub fn reopen(object: &Object, access: OFlag) -> Result<Object> {
    let path = format!("/proc/self/fd/{}", object.as_fd().as_raw_fd());
    open(path.as_str(), access | OFlag::O_CLOEXEC, Mode::empty()).map(Object)
}
// ANCHOR_END: reopen
