//! Permission events. Whoever does the thing sleeps in the kernel until there is a response.

use crate::group;
use nix::{
    Result,
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::fanotify::{Fanotify, FanotifyEvent, FanotifyResponse, Response},
};
use std::os::fd::AsFd;

// ANCHOR: request
/// Waits until there is an event.
pub fn wait(group: &Fanotify) -> Result<()> {
    poll(&mut [PollFd::new(group.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE).map(drop)
}

/// Waits for a permission event: somebody requests an access.
pub fn request(group: &Fanotify) -> Result<FanotifyEvent> {
    wait(group)?;
    // A buffer holds many events. Here, one process at a time makes a request.
    group.read_events()?.into_iter().next().ok_or(Errno::EAGAIN)
}

/// write(2): `FAN_ALLOW` or `FAN_DENY`. The response names its event by the event's
/// descriptor. ENOENT: there is no such request.
pub fn respond(group: &Fanotify, event: &FanotifyEvent, response: Response) -> Result<()> {
    let file = event.fd().ok_or(Errno::ENOENT)?;
    group.write_response(FanotifyResponse::new(file, response))
}
// ANCHOR_END: request

// ANCHOR: rule
/// Our rule: nobody opens what is called `secret`, root neither.
pub fn rule(event: &FanotifyEvent) -> Result<Response> {
    let path = group::path(event.fd().ok_or(Errno::ENOENT)?)?;
    let secret = path.file_name().is_some_and(|name| name == "secret");
    Ok(if secret { Response::FAN_DENY } else { Response::FAN_ALLOW })
}
// ANCHOR_END: rule
