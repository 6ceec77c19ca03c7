//! What becomes of those who wait for a permission when the listener closes, dies, or opens
//! a file itself.

use super::permission::{guarded, opener};
use anyhow::Result;
use crossings_fanotify::permission::{request, respond};
use lesson::{child::Child, errno, part, show};
use nix::{
    libc::{SYS_openat, SYS_pause},
    sys::{
        fanotify::{MaskFlags, Response},
        signal::Signal,
    },
    unistd::pause,
};
use std::fs::File;

// ANCHOR: the_listener_closes
pub fn the_listener_closes() -> Result<()> {
    part("the listener closes");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let first = opener(&mount.join("secret"))?;
    let event = request(&group)?;
    let second = opener(&mount.join("secret"))?;
    second.asleep_in(SYS_openat)?;
    println!("one permission event was read, one was not, and neither has a response");
    drop((event, group));
    show("the first open", first.wait().map(|()| "done"));
    show("the second open", second.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: the_listener_closes

// ANCHOR: the_listener_dies
pub fn the_listener_dies() -> Result<()> {
    part("the listener dies");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let listener = Child::named(c"listener", || {
        let _event = request(&group)?;
        pause();
        Ok(())
    })?;
    drop(group);
    let opener = opener(&mount.join("secret"))?;
    listener.asleep_in(SYS_pause)?;
    println!("the opener is asleep in {}", opener.asleep_in(SYS_openat)?);
    listener.signal(Signal::SIGKILL)?;
    show("the listener", listener.wait().map(|()| "done"));
    show("open", opener.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: the_listener_dies

// ANCHOR: the_listener_opens
pub fn the_listener_opens() -> Result<()> {
    part("the listener opens a file");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let listener = Child::named(c"listener", || {
        let event = request(&group)?;
        let _rules = errno(File::open(mount.join("public")))?;
        respond(&group, &event, Response::FAN_ALLOW)
    })?;
    drop(group);
    let opener = opener(&mount.join("secret"))?;
    println!("the opener is asleep in {}", opener.asleep_in(SYS_openat)?);
    println!("the listener is asleep in {}", listener.asleep_in(SYS_openat)?);
    listener.signal(Signal::SIGKILL)?;
    show("the listener", listener.wait().map(|()| "done"));
    show("open", opener.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: the_listener_opens
