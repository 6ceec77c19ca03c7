//! Reading events.

use inotify::{EventMask, EventOwned, Inotify};
use lesson::errno;
use nix::Result;
use std::{
    fs,
    io::ErrorKind,
    os::fd::{AsFd, AsRawFd},
};

// ANCHOR: drain
/// read(2) until there is nothing left: all events that have happened so far, in their
/// order. The crate opens the file with `IN_NONBLOCK`, so an empty queue is EAGAIN.
pub fn drain(inotify: &mut Inotify) -> Result<Vec<EventOwned>> {
    let mut buffer = [0; 1024];
    let mut events = Vec::new();
    loop {
        match inotify.read_events(&mut buffer) {
            Ok(some) => events.extend(some.map(|event| event.to_owned())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(events),
            error => errno(error.map(drop))?,
        }
    }
}
// ANCHOR_END: drain

/// An event as inotify(7) writes it, with the name that it carries, if any.
pub fn describe(event: &EventOwned) -> String {
    match &event.name {
        Some(name) => format!("{} {}", bits(event.mask), name.display()),
        None => bits(event.mask),
    }
}

fn bits(mask: EventMask) -> String {
    let names: Vec<_> = mask.iter_names().map(|(name, _)| format!("IN_{name}")).collect();
    names.join("|")
}

/// How many watches the instance has, from its proc_pid_fdinfo(5).
pub fn watches(inotify: &Inotify) -> Result<usize> {
    let fd = inotify.as_fd().as_raw_fd();
    let info = errno(fs::read_to_string(format!("/proc/self/fdinfo/{fd}")))?;
    Ok(info.lines().filter(|line| line.starts_with("inotify ")).count())
}
