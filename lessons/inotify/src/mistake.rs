//! Calls that fail.

use inotify::{EventOwned, Inotify, WatchDescriptor, WatchMask};
use lesson::errno;
use nix::Result;
use std::{fs::File, os::fd::OwnedFd, path::Path};

/// inotify_add_watch(2) with no event at all.
pub fn empty_mask(inotify: &Inotify, path: &Path) -> Result<WatchDescriptor> {
    errno(inotify.watches().add(path, WatchMask::empty()))
}

/// inotify_add_watch(2) with `IN_MASK_CREATE`: only if there is no watch of it yet.
pub fn mask_create(inotify: &Inotify, path: &Path) -> Result<WatchDescriptor> {
    errno(inotify.watches().add(path, WatchMask::MODIFY | WatchMask::MASK_CREATE))
}

/// inotify_add_watch(2) on a descriptor of something else.
pub fn not_inotify(path: &Path) -> Result<WatchDescriptor> {
    let inotify = Inotify::from(OwnedFd::from(errno(File::open("/dev/null"))?));
    errno(inotify.watches().add(path, WatchMask::MODIFY))
}

/// One read(2) with a buffer of so many bytes.
pub fn small_read(inotify: &mut Inotify, bytes: usize) -> Result<Vec<EventOwned>> {
    let mut buffer = vec![0; bytes];
    let events = errno(inotify.read_events(&mut buffer))?;
    Ok(events.map(|event| event.to_owned()).collect())
}
