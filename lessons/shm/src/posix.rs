//! POSIX shared memory: an object has a name. The overview is shm_overview(7).

use crate::object::Object;
use nix::{
    Result,
    fcntl::OFlag,
    sys::{
        mman::{shm_open, shm_unlink},
        stat::Mode,
    },
};

// ANCHOR: open
/// shm_open(3) of an object that somebody has created. ENOENT: nobody has. EACCES: its
/// permissions do not allow reading and writing. EINVAL: not a name.
pub fn open(name: &str) -> Result<Object> {
    shm_open(name, OFlag::O_RDWR, Mode::empty()).map(Object)
}

/// shm_open(3) of a new object, of 0 bytes. The umask is taken from the mode. EEXIST:
/// somebody has created it.
pub fn create(name: &'static str, mode: u32) -> Result<(Object, Unlinked)> {
    let flags = OFlag::O_RDWR | OFlag::O_CREAT | OFlag::O_EXCL;
    let object = shm_open(name, flags, Mode::from_bits_truncate(mode)).map(Object)?;
    Ok((object, Unlinked(name)))
}

/// shm_unlink(3): takes the name away, and the memory when nobody has it open or mapped.
/// EACCES: it is another user's. ENOENT: there is no such object.
pub fn unlink(name: &str) -> Result<()> {
    shm_unlink(name)
}
// ANCHOR_END: open

/// A name that is unlinked when this is dropped, because nobody else would do it.
#[derive(Debug)]
pub struct Unlinked(&'static str);

impl Drop for Unlinked {
    fn drop(&mut self) {
        // Somebody may have done it before us.
        let _ = unlink(self.0);
    }
}
