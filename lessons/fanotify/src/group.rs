//! A fanotify group: a file from which events are read.

use nix::{
    Result,
    errno::Errno,
    fcntl::AT_FDCWD,
    libc,
    sys::fanotify::{
        EventFFlags, Fanotify, FanotifyEvent, InitFlags, MarkFlags, MaskFlags,
    },
};
use std::{
    fs,
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    path::{Path, PathBuf},
};

// ANCHOR: names
/// fanotify_init(2): report names and file handles instead of open files. nix does not name
/// these flags. `FAN_REPORT_FID` is the object's handle, `FAN_REPORT_DFID_NAME` that of its
/// directory and its name, and `FAN_REPORT_TARGET_FID` the former also where a name
/// changes.
pub const NAMES: InitFlags = InitFlags::from_bits_retain(
    libc::FAN_REPORT_FID | libc::FAN_REPORT_DFID_NAME | libc::FAN_REPORT_TARGET_FID,
);
// ANCHOR_END: names

// ANCHOR: listen
/// fanotify_init(2): a group that does not block, and whose files are open for reading.
/// EPERM: these `flags` need `CAP_SYS_ADMIN`. EMFILE: too many groups. EINVAL: flags that
/// exclude each other.
pub fn listen(flags: InitFlags) -> Result<Fanotify> {
    let flags = flags | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK;
    Fanotify::init(flags, EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC)
}

/// fanotify_mark(2): adds a mark to what `path` leads to. EPERM: a mark on a mount or a
/// file system needs `CAP_SYS_ADMIN`. EINVAL: the group cannot report such events. ENOSPC:
/// too many marks.
pub fn mark(group: &Fanotify, on: MarkFlags, events: MaskFlags, path: &Path) -> Result<()> {
    group.mark(MarkFlags::FAN_MARK_ADD | on, events, AT_FDCWD, Some(path))
}
// ANCHOR_END: listen

// ANCHOR: drain
/// read(2) until there is nothing left: all events that have happened so far. Each holds
/// the file that it is about open, until it is dropped.
pub fn drain(group: &Fanotify) -> Result<Vec<FanotifyEvent>> {
    let mut events = Vec::new();
    loop {
        match group.read_events() {
            Ok(some) => events.extend(some),
            Err(Errno::EAGAIN) => return Ok(events),
            Err(errno) => return Err(errno),
        }
    }
}
// ANCHOR_END: drain

// ANCHOR: path
/// Where an open file is now, from proc_pid_fd(5).
pub fn path(file: BorrowedFd) -> Result<PathBuf> {
    lesson::errno(fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())))
}
// ANCHOR_END: path

/// How many marks the group has, from its proc_pid_fdinfo(5).
pub fn marks(group: &Fanotify) -> Result<usize> {
    let fd = group.as_fd().as_raw_fd();
    let info = lesson::errno(fs::read_to_string(format!("/proc/self/fdinfo/{fd}")))?;
    Ok(info.lines().filter(|line| line.starts_with("fanotify ino:")).count())
}

/// A mask as fanotify(7) writes it.
pub fn bits(mask: MaskFlags) -> String {
    let names: Vec<_> = mask.iter_names().map(|(name, _)| name).collect();
    names.join("|")
}
