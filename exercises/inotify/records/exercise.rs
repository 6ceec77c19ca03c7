//! What read(2) returns from an inotify instance: inotify(7).

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
};

/// A `struct inotify_event`.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// The watch descriptor; -1 if the event belongs to no watch.
    pub watch: i32,
    /// What happened.
    pub mask: u32,
    /// Joins the two halves of a rename; 0 for all others.
    pub cookie: u32,
    /// The entry of the watched directory to which it happened.
    pub name: Option<OsString>,
}

/// The events that lie in the buffer, in their order. None: it ends in the middle of one.
pub fn records(bytes: &[u8]) -> Option<Vec<Record>> {
    let name = bytes.get(16..)?.split(|byte| *byte == 0).next().filter(|name| !name.is_empty());
    Some(vec![Record {
        watch: word(bytes, 0)?.cast_signed(),
        mask: word(bytes, 4)?,
        cookie: word(bytes, 8)?,
        name: name.map(|name| OsStr::from_bytes(name).into()),
    }])
}

fn word(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(place..place + 4)?.try_into().ok()?))
}
