//! Calls that fail.

use crate::{group, handle::Handle};
use nix::{
    Result,
    fcntl::AT_FDCWD,
    sys::fanotify::{
        EventFFlags, Fanotify, FanotifyResponse, InitFlags, MarkFlags, MaskFlags, Response,
    },
    unistd,
};
use std::{fs::File, os::fd::OwnedFd, path::Path};

/// fanotify_init(2) with flags that are looked at together.
pub fn group_with(flags: InitFlags) -> Result<Fanotify> {
    group::listen(flags)
}

/// fanotify_init(2) for files that could be created.
pub fn files_with(flags: i32) -> Result<Fanotify> {
    let flags = EventFFlags::from_bits_retain(flags as u32);
    Fanotify::init(InitFlags::FAN_CLOEXEC, flags)
}

/// fanotify_mark(2): takes away a mark.
pub fn remove(group: &Fanotify, events: MaskFlags, path: &Path) -> Result<()> {
    group.mark(MarkFlags::FAN_MARK_REMOVE, events, AT_FDCWD, Some(path))
}

// ANCHOR: not_a_group
/// fanotify_mark(2) on a descriptor of something else.
pub fn not_a_group(path: &Path) -> Result<()> {
    let null = OwnedFd::from(lesson::errno(File::open("/dev/null"))?);
    // SAFETY: it is no group, which the kernel finds out; nothing else is done with it.
    let group = unsafe { Fanotify::from_owned_fd(null) };
    group::mark(&group, MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_OPEN, path)
}
// ANCHOR_END: not_a_group

/// read(2) with a buffer of so many bytes.
pub fn small_read(group: &Fanotify, bytes: usize) -> Result<usize> {
    unistd::read(group, &mut vec![0; bytes])
}

/// write(2) of a response about a file that nobody needs a permission for.
pub fn respond_about(group: &Fanotify, file: &File, response: Response) -> Result<()> {
    use std::os::fd::AsFd;
    group.write_response(FanotifyResponse::new(file.as_fd(), response))
}

/// open_by_handle_at(2) of a file that we have the handle of.
pub fn open_by_handle(path: &Path, mount: &File) -> Result<OwnedFd> {
    Handle::of(path)?.open(mount)
}
