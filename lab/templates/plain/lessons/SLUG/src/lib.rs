//! TODO What this library does, and which file holds what. As it stands: a note of 64 bytes, in
//! a file that has no name.
//!
//! Every function returns the kernel's errno as it came.

use nix::{
    Result,
    fcntl::{FcntlArg, SealFlag, fcntl},
    sys::{
        memfd::{MFdFlags, memfd_create},
        uio::{pread, pwrite},
    },
    unistd::ftruncate,
};
use std::os::fd::OwnedFd;

/// How many bytes the note has.
pub const NOTE_SIZE: i64 = 64;

/// The functions of the kernel that the part "the path" records. Few, because each costs the kernel
/// a walk over all that it has.
pub const FUNCTIONS: &str = "__x64_sys_pread64 __x64_sys_pwrite64";

// ANCHOR: note
/// A file that has no name, and cannot grow.
pub struct Note(OwnedFd);

impl Note {
    /// memfd_create(2), and `F_ADD_SEALS` of fcntl(2) to keep its size.
    pub fn open() -> Result<Note> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        let file = memfd_create(c"note", flags)?;
        ftruncate(&file, NOTE_SIZE)?;
        fcntl(&file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_GROW))?;
        Ok(Note(file))
    }

    /// pwrite(2): how many bytes were taken at `place`, a number of bytes from the start.
    /// EPERM: the note ends there.
    pub fn write(&self, place: i64, bytes: &[u8]) -> Result<usize> {
        pwrite(&self.0, bytes, place)
    }

    /// pread(2): how many bytes were read at `place`, a number of bytes from the start. 0:
    /// the note ends there.
    pub fn read(&self, place: i64, room: &mut [u8]) -> Result<usize> {
        pread(&self.0, room, place)
    }
}
// ANCHOR_END: note
