//! System V shared memory: a segment has a key to find it by and an identifier to use it.
//! The overview is sysvipc(7).

use crate::{PAGE_SIZE, memory::Memory};
use nix::{
    NixPath, Result,
    errno::Errno,
    libc::{self, c_int, key_t},
};
use std::{mem::MaybeUninit, path::Path, ptr};

// ANCHOR: ftok
/// ftok(3): a key made of the inode and device of a file and the low eight bits of
/// `project`. ENOENT: there is no such file.
pub fn ftok(path: &Path, project: i32) -> Result<key_t> {
    // SAFETY: a string that ends in 0, and an integer.
    let key = path.with_nix_path(|path| unsafe { libc::ftok(path.as_ptr(), project) })?;
    Errno::result(key)
}
// ANCHOR_END: ftok

/// The identifier of a segment. It may be stale: the segment lives and dies without us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment(c_int);

/// A part of `struct shmid_ds`.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    /// The key, or 0 (`IPC_PRIVATE`).
    pub key: key_t,
    /// The size that was asked for, in bytes.
    pub size: usize,
    /// How often it is attached, in all processes together.
    pub nattch: libc::shmatt_t,
    /// The permission bits.
    pub mode: u32,
    /// It was removed and is still attached: `SHM_DEST`.
    pub removed: bool,
}

impl Segment {
    // ANCHOR: get
    /// shmget(2). `flags` are permission bits, and `IPC_CREAT` and `IPC_EXCL` as for
    /// open(2).
    ///
    /// ENOENT: nobody has created it. EEXIST: somebody has, and `IPC_EXCL`. EINVAL: it is
    /// smaller than that, or the size cannot be. EACCES: its permissions do not include
    /// these. ENOSPC: too many segments, or too many pages in them. ENOMEM: too large.
    pub fn get(key: key_t, size: usize, flags: c_int) -> Result<Segment> {
        // SAFETY: three integers.
        Errno::result(unsafe { libc::shmget(key, size, flags) }).map(Segment)
    }
    // ANCHOR_END: get

    /// A new segment with this key, for the one who can remove it.
    pub fn create(key: key_t, size: usize, mode: c_int) -> Result<Removed> {
        let flags = libc::IPC_CREAT | libc::IPC_EXCL | mode;
        Segment::get(key, size, flags).map(Removed)
    }

    // ANCHOR: attach
    /// shmat(2): maps the whole segment, to be read and written. EACCES: not permitted.
    /// EINVAL: there is no such segment (any more).
    pub fn attach(self) -> Result<Attached> {
        let start = self.shmat(0)?;
        // From here on the segment cannot go away, so this is its size and no other's.
        let mut attached = Attached { start, size: 0 };
        attached.size = self.status()?.size;
        Ok(attached)
    }

    fn shmat(self, flags: c_int) -> Result<*mut u8> {
        // SAFETY: with no address given, the kernel takes one where nothing is mapped.
        let start = unsafe { libc::shmat(self.0, ptr::null(), flags) };
        // shmat(2) fails with the address -1.
        Errno::result(start as isize).map(|_| start.cast())
    }
    // ANCHOR_END: attach

    /// shmat(2) with `SHM_RDONLY`, and shmdt(2) at once. The errors are those of
    /// [`Segment::attach`].
    pub fn try_read_only(self) -> Result<()> {
        let start = self.shmat(libc::SHM_RDONLY)?;
        drop(Attached { start, size: 0 });
        Ok(())
    }

    // ANCHOR: status
    /// shmctl(2) with `IPC_STAT`. EINVAL: there is no such segment. EACCES: you may not
    /// read it.
    pub fn status(self) -> Result<Status> {
        let mut ds = MaybeUninit::<libc::shmid_ds>::uninit();
        // SAFETY: `ds` has room for what the kernel fills in.
        Errno::result(unsafe { libc::shmctl(self.0, libc::IPC_STAT, ds.as_mut_ptr()) })?;
        // SAFETY: the call has succeeded, so it has.
        let ds = unsafe { ds.assume_init() };
        Ok(Status {
            key: ds.shm_perm.__key,
            size: ds.shm_segsz,
            nattch: ds.shm_nattch,
            mode: u32::from(ds.shm_perm.mode) & 0o777,
            removed: u32::from(ds.shm_perm.mode) & SHM_DEST != 0,
        })
    }
    // ANCHOR_END: status

    // ANCHOR: remove
    /// shmctl(2) with `IPC_RMID`: takes the key away, and the memory when nobody has it
    /// attached. EPERM: you are neither its owner nor its creator.
    pub fn remove(self) -> Result<()> {
        // SAFETY: this command takes no argument.
        Errno::result(unsafe { libc::shmctl(self.0, libc::IPC_RMID, ptr::null_mut()) })
            .map(drop)
    }
    // ANCHOR_END: remove
}

/// A bit of the mode that the kernel sets. From include/linux/shm.h of the kernel;
/// shmctl(2) tells of it.
const SHM_DEST: u32 = 0o1000;

// ANCHOR: attached
/// An attached segment. Dropping it detaches it with shmdt(2).
pub struct Attached {
    start: *mut u8,
    size: usize,
}

// SAFETY: shmat(2) has mapped it, to be read and written, where a page begins, and nobody
// detaches it before the drop.
unsafe impl Memory for Attached {
    fn start(&self) -> *mut u8 {
        self.start
    }

    fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        // SAFETY: the address came from shmat(2), and all references end with `self`.
        unsafe { libc::shmdt(self.start.cast()) };
    }
}
// ANCHOR_END: attached

/// A segment that is removed when this is dropped, because nobody else would do it.
#[derive(Debug)]
pub struct Removed(pub Segment);

impl Drop for Removed {
    fn drop(&mut self) {
        // Somebody may have done it before us.
        let _ = self.0.remove();
    }
}

// ANCHOR: private
/// A page that only this process and its children can have. The segment is removed as soon
/// as it is attached, and so it ends with the last of them.
pub fn private() -> Result<Attached> {
    let segment = Segment::create(libc::IPC_PRIVATE, PAGE_SIZE, 0o600)?;
    segment.0.attach()
}
// ANCHOR_END: private
