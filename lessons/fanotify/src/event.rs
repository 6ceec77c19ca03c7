//! Events that carry records. nix reads the first part of an event and skips the rest.

use crate::record::{self, Record};
use nix::{
    Result,
    errno::Errno,
    libc::{FAN_NOFD, FANOTIFY_METADATA_VERSION, fanotify_event_metadata},
    sys::fanotify::{Fanotify, MaskFlags},
    unistd,
};
use std::os::fd::{FromRawFd, OwnedFd};

/// An event, and what it says of its object.
#[derive(Debug)]
pub struct Event {
    /// What happened.
    pub mask: MaskFlags,
    /// Who did it, or 0 if you may not know.
    pub pid: i32,
    /// The object, open, unless the group reports handles instead.
    pub file: Option<OwnedFd>,
    /// Which object it is.
    pub records: Vec<Record>,
}

// ANCHOR: read
/// read(2) until there is nothing left: all events that have happened so far. EOVERFLOW:
/// the kernel speaks another version of this format.
pub fn drain(group: &Fanotify) -> Result<Vec<Event>> {
    let (mut events, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let length = match unistd::read(group, &mut buffer) {
            Ok(length) => length,
            Err(Errno::EAGAIN) => return Ok(events),
            Err(errno) => return Err(errno),
        };
        let mut bytes = &buffer[..length];
        while let Some(metadata) = record::first::<fanotify_event_metadata>(bytes) {
            let (event, rest) = bytes
                .split_at_checked(metadata.event_len as usize)
                .ok_or(Errno::EBADMSG)?;
            // SAFETY: read(2) has just written this event, and it is looked at only once.
            events.push(unsafe { parse(metadata, event) }?);
            bytes = rest;
        }
    }
}
// ANCHOR_END: read

/// How long the parts of the next event are: its first part, and each record with its type.
pub fn lengths(group: &Fanotify) -> Result<(u16, Vec<(u8, u16)>)> {
    let mut buffer = [0; 1024];
    let length = unistd::read(group, &mut buffer)?;
    let bytes = &buffer[..length];
    let metadata = record::first::<fanotify_event_metadata>(bytes).ok_or(Errno::EBADMSG)?;
    let event = bytes.get(metadata.metadata_len.into()..metadata.event_len as usize);
    Ok((metadata.metadata_len, record::lengths(event.ok_or(Errno::EBADMSG)?)))
}

// ANCHOR: parse
/// # Safety
/// The descriptors in the event are open, and nobody else's.
unsafe fn parse(metadata: fanotify_event_metadata, event: &[u8]) -> Result<Event> {
    if metadata.vers != FANOTIFY_METADATA_VERSION {
        return Err(Errno::EOVERFLOW);
    }
    let records = event.get(metadata.metadata_len.into()..).ok_or(Errno::EBADMSG)?;
    Ok(Event {
        mask: MaskFlags::from_bits_retain(metadata.mask),
        pid: metadata.pid,
        // SAFETY: as the caller promises.
        file: (metadata.fd != FAN_NOFD)
            .then(|| unsafe { OwnedFd::from_raw_fd(metadata.fd) }),
        // SAFETY: as the caller promises.
        records: unsafe { record::parse(records) }?,
    })
}
// ANCHOR_END: parse
