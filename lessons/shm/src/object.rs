//! What a POSIX object and a memfd have in common: they are files in memory, and they are
//! passed on like files.

use lesson::errno;
use memmap2::{Mmap, MmapOptions, MmapRaw};
use nix::{
    Result, cmsg_space,
    errno::Errno,
    libc::off_t,
    sys::{
        socket::{
            ControlMessage, ControlMessageOwned, MsgFlags, UnixAddr, recvmsg, sendmsg,
        },
        stat::fstat,
    },
    unistd::ftruncate,
};
use std::{
    io::{IoSlice, IoSliceMut},
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
};

/// An open file that exists in memory only.
#[derive(Debug)]
pub struct Object(pub(crate) OwnedFd);

impl Object {
    // ANCHOR: set_size
    /// ftruncate(2): a new object has 0 bytes. What is added is zeros. EPERM: a seal
    /// forbids it.
    pub fn set_size(&self, size: usize) -> Result<()> {
        ftruncate(&self.0, size as off_t)
    }
    // ANCHOR_END: set_size

    /// fstat(2): the size in bytes.
    pub fn size(&self) -> Result<usize> {
        Ok(fstat(&self.0)?.st_size as usize)
    }

    /// fstat(2): how many bytes of it are in memory. The rest is holes, which read as zeros.
    pub fn in_memory(&self) -> Result<usize> {
        Ok(fstat(&self.0)?.st_blocks as usize * 512)
    }

    /// fstat(2): the permission bits.
    pub fn mode(&self) -> Result<u32> {
        Ok(fstat(&self.0)?.st_mode & 0o777)
    }

    // ANCHOR: map
    /// mmap(2) of the first `size` bytes, shared, to be read and written. EPERM: a seal
    /// forbids it. It may be more than the object has; the rest then cannot be touched.
    pub fn map(&self, size: usize) -> Result<MmapRaw> {
        errno(MmapOptions::new().len(size).map_raw(&self.0))
    }
    // ANCHOR_END: map

    /// mmap(2) of the first `size` bytes, private: it shows the object, and stores stay
    /// with us. A seal does not forbid that.
    pub fn map_private(&self, size: usize) -> Result<MmapRaw> {
        // SAFETY: the bytes may change, so nobody gets a reference to them: it becomes a
        // MmapRaw at once.
        let map = unsafe { MmapOptions::new().len(size).map_copy(&self.0) };
        errno(map).map(MmapRaw::from)
    }

    /// mmap(2) of everything, shared, to be read only.
    ///
    /// # Safety
    /// Nobody changes the bytes and nobody makes the object smaller while this exists.
    pub unsafe fn map_read_only(&self) -> Result<Mmap> {
        // SAFETY: the caller promises what memmap2 wants.
        errno(unsafe { Mmap::map(&self.0) })
    }

    // ANCHOR: send
    /// sendmsg(2) with `SCM_RIGHTS`: the process at the other end gets a descriptor of the
    /// same open file.
    pub fn send(&self, socket: &impl AsFd) -> Result<()> {
        let descriptors = [self.0.as_raw_fd()];
        sendmsg::<UnixAddr>(
            socket.as_fd().as_raw_fd(),
            &[IoSlice::new(b"m")],
            &[ControlMessage::ScmRights(&descriptors)],
            MsgFlags::empty(),
            None,
        )?;
        Ok(())
    }
    // ANCHOR_END: send

    /// recvmsg(2): waits for what [`Object::send`] sends. EBADMSG: there was no descriptor
    /// in it.
    pub fn receive(socket: &impl AsFd) -> Result<Object> {
        let mut byte = [0];
        let mut bytes = [IoSliceMut::new(&mut byte)];
        let mut space = cmsg_space!([i32; 1]);
        let message = recvmsg::<UnixAddr>(
            socket.as_fd().as_raw_fd(),
            &mut bytes,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        )?;
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(descriptors) = control
                && let [descriptor] = descriptors[..]
            {
                // SAFETY: the kernel has just made this descriptor for us.
                return Ok(Object(unsafe { OwnedFd::from_raw_fd(descriptor) }));
            }
        }
        Err(Errno::EBADMSG)
    }
}

impl AsFd for Object {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
