//! File handles: what a file system calls an inode.

use nix::{
    Result,
    errno::Errno,
    libc::{self, AT_FDCWD, c_int, c_uint},
    sys::statfs::statfs,
};
use std::{
    ffi::CString,
    mem,
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

/// The most bytes that a handle can have: `MAX_HANDLE_SZ` of include/linux/exportfs.h.
pub const MAX: usize = 128;

/// `struct file_handle`, with room for all.
#[repr(C)]
struct FileHandle {
    handle_bytes: c_uint,
    handle_type: c_int,
    f_handle: [u8; MAX],
}

// ANCHOR: handle
/// What identifies an inode for as long as it exists, whatever it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The file system.
    pub fsid: [i32; 2],
    /// `handle_type`: how the file system made it.
    pub kind: i32,
    /// `f_handle`: only the file system knows what is in it.
    pub bytes: Vec<u8>,
}
// ANCHOR_END: handle

impl Handle {
    // ANCHOR: of
    /// name_to_handle_at(2): the handle of what `path` leads to. Anybody may ask.
    /// EOPNOTSUPP: this file system has none.
    pub fn of(path: &Path) -> Result<Handle> {
        let name = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
        let mut handle =
            FileHandle { handle_bytes: MAX as c_uint, handle_type: 0, f_handle: [0; MAX] };
        let mut mount: c_int = 0;
        // SAFETY: a path, a handle with room for `handle_bytes` bytes, and an int.
        Errno::result(unsafe {
            libc::syscall(
                libc::SYS_name_to_handle_at,
                AT_FDCWD,
                name.as_ptr(),
                &raw mut handle,
                &raw mut mount,
                0,
            )
        })?;
        let bytes = handle.f_handle.get(..handle.handle_bytes as usize);
        let bytes = bytes.ok_or(Errno::EOVERFLOW)?.to_vec();
        Ok(Handle { fsid: fsid(path)?, kind: handle.handle_type, bytes })
    }
    // ANCHOR_END: of

    // ANCHOR: open
    /// open_by_handle_at(2) with `O_PATH`: the inode itself, if it still exists. `mount` is
    /// anything open on its file system. EPERM: this needs `CAP_DAC_READ_SEARCH`, because
    /// it asks no directory on the way. ESTALE: it exists no more.
    pub fn open(&self, mount: impl AsFd) -> Result<OwnedFd> {
        let mut f_handle = [0; MAX];
        let room = f_handle.get_mut(..self.bytes.len()).ok_or(Errno::EINVAL)?;
        room.copy_from_slice(&self.bytes);
        let handle = FileHandle {
            handle_bytes: self.bytes.len() as c_uint,
            handle_type: self.kind,
            f_handle,
        };
        let (mount, flags) = (mount.as_fd().as_raw_fd(), libc::O_PATH | libc::O_CLOEXEC);
        // SAFETY: a descriptor, a handle of `handle_bytes` bytes, and flags.
        let fd = Errno::result(unsafe {
            libc::syscall(libc::SYS_open_by_handle_at, mount, &raw const handle, flags)
        })?;
        // SAFETY: the call has just opened it, and nobody else knows of it.
        Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
    }
    // ANCHOR_END: open
}

/// statfs(2): which file system `path` is on.
fn fsid(path: &Path) -> Result<[i32; 2]> {
    let fsid = statfs(path)?.filesystem_id();
    // SAFETY: libc has two integers here as well, but keeps them private.
    Ok(unsafe { mem::transmute::<libc::fsid_t, [i32; 2]>(fsid) })
}

#[cfg(test)]
mod tests {
    use super::Handle;
    use std::fs;

    #[test]
    fn two_names_have_one_handle_and_two_files_have_two() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [a, b, c] = ["a", "b", "c"].map(|name| folder.path().join(name));
        fs::write(&a, "")?;
        fs::hard_link(&a, &b)?;
        fs::write(&c, "")?;
        assert_eq!(Handle::of(&a)?, Handle::of(&b)?);
        assert_ne!(Handle::of(&a)?, Handle::of(&c)?);
        Ok(())
    }
}
