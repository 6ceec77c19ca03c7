//! Responding to permission events for files that are opened: fanotify(7).

use nix::{
    Result, libc,
    sys::fanotify::{Fanotify, FanotifyResponse, Response},
    unistd::read,
};
use std::{iter, os::fd::BorrowedFd};

/// Reads the events that the group has now, and responds to each permission event: who opens a file that is `forbidden` is
/// refused. Notification events are passed over. EAGAIN: there is nothing to read.
pub fn respond(group: &Fanotify, forbidden: impl Fn(BorrowedFd) -> bool) -> Result<()> {
    let mut buffer = [0; 4096];
    let length = read(group, &mut buffer)?;
    for event in events(&buffer[..length]) {
        if event.mask & libc::FAN_OPEN_PERM == 0 {
            continue;
        }
        // SAFETY: the kernel has opened it for us when we read the event.
        let file = unsafe { BorrowedFd::borrow_raw(event.fd) };
        let verdict = if forbidden(file) { Response::FAN_DENY } else { Response::FAN_ALLOW };
        group.write_response(FanotifyResponse::new(file, verdict))?;
    }
    Ok(())
}

/// The events in a buffer, but for the one that says that others were lost, which has no file.
fn events(mut bytes: &[u8]) -> impl Iterator<Item = libc::fanotify_event_metadata> {
    let next = move || {
        let event = bytes.get(..size_of::<libc::fanotify_event_metadata>())?.as_ptr();
        // SAFETY: so many bytes are there, and any bytes are such an event. They need not be aligned.
        let event = unsafe { event.cast::<libc::fanotify_event_metadata>().read_unaligned() };
        bytes = bytes.get(event.event_len as usize..)?;
        Some(event)
    };
    iter::from_fn(next).filter(|event| event.fd != libc::FAN_NOFD)
}
