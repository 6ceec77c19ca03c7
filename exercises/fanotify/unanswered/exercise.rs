//! A guard that permits the opening of files: fanotify(7).

use nix::{
    Result,
    errno::Errno,
    sys::fanotify::{Fanotify, FanotifyEvent, FanotifyResponse, MaskFlags, Response},
};
use std::os::fd::BorrowedFd;

/// Takes in the events that the group has now, and responds to each permission event. A file may be opened if `rule` says
/// so, and not if the rule fails. Notification events are passed over. EAGAIN: there is nothing to take in.
pub fn decide(group: &Fanotify, rule: impl Fn(BorrowedFd) -> Result<bool>) -> Result<()> {
    let event = next(group)?;
    let Some(file) = event.fd() else { return Ok(()) };
    if !event.mask().contains(MaskFlags::FAN_OPEN_PERM) {
        return Ok(());
    }
    let verdict = if rule(file).unwrap_or(false) { Response::FAN_ALLOW } else { Response::FAN_DENY };
    group.write_response(FanotifyResponse::new(file, verdict))
}

/// Reads what has happened. The event closes its file when it is dropped.
fn next(group: &Fanotify) -> Result<FanotifyEvent> {
    group.read_events()?.into_iter().next().ok_or(Errno::EAGAIN)
}
