//! TODO What this library does, and which file holds what. As it stands: a note of 64 bytes.
//!
//! The companion module `kmods/SLUG` makes `/dev/crossings_SLUG`, which keeps the note.
//! Every function returns the kernel's errno as it came.

use nix::{
    Result,
    fcntl::{self, OFlag},
    sys::{
        stat::Mode,
        uio::{pread, pwrite},
    },
};
use std::os::fd::OwnedFd;

/// How many bytes the note has; `NOTE_SIZE` of the contract.
pub const NOTE_SIZE: i64 = 64;

/// The functions of the kernel that the part "the path" records: two system calls, and what our
/// module has for them. Few, because each costs the kernel a walk over all that it has.
pub const FUNCTIONS: &str = "__x64_sys_pread64 __x64_sys_pwrite64 note_read note_write";

// ANCHOR: note
/// One open file of the device.
pub struct Note(OwnedFd);

impl Note {
    /// open(2). ENOENT: the module is not loaded. EACCES: you are not root.
    pub fn open() -> Result<Note> {
        let flags = OFlag::O_RDWR | OFlag::O_CLOEXEC;
        fcntl::open("/dev/crossings_SLUG", flags, Mode::empty()).map(Note)
    }

    /// pwrite(2): how many bytes were taken at `place`, a number of bytes from the start.
    /// ENOSPC: the note ends there.
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
