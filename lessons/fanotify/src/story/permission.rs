//! Somebody needs a permission, and somebody gives it; or does not.

use anyhow::{Context, Result};
use crossings_fanotify::{
    child::{handle_sigusr1, is_pending, stranger},
    group,
    mount::Mount,
    permission::{request, respond, rule},
    process,
};
use lesson::{child::Child, errno, part, show, task};
use nix::{
    errno::Errno,
    libc::SYS_openat,
    sys::{
        fanotify::{Fanotify, FanotifyEvent, InitFlags, MarkFlags, MaskFlags, Response},
        signal::Signal,
    },
};
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// A mount with two files, and a group that gets permission events for them.
pub fn guarded(events: MaskFlags) -> Result<(Mount, Fanotify)> {
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    for file in ["public", "secret"] {
        fs::write(mount.join(file), "hello")?;
    }
    let group = group::listen(InitFlags::FAN_CLASS_CONTENT).context("make a group")?;
    group::mark(&group, MarkFlags::FAN_MARK_MOUNT, events, mount.path())
        .context("mark a mount")?;
    Ok((mount, group))
}

/// A process that opens a file.
pub fn opener(path: &Path) -> Result<Child> {
    Ok(stranger(c"opener", || errno(File::open(path)).map(drop))?)
}

fn describe(mount: &Mount, event: &FanotifyEvent) -> Result<String> {
    let path = group::path(event.fd().ok_or(Errno::EBADF)?)?;
    let (what, who) = (group::bits(event.mask()), process::name(event.pid())?);
    Ok(format!("{what} {} by {who}", mount.inside(&path).display()))
}

// ANCHOR: allow_and_deny
pub fn allow_and_deny() -> Result<()> {
    part("allow and deny");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    for file in ["public", "secret"] {
        let opener = opener(&mount.join(file))?;
        let event = request(&group)?;
        let verdict = rule(&event)?;
        let allowed = verdict == Response::FAN_ALLOW;
        let verdict_name = if allowed { "FAN_ALLOW" } else { "FAN_DENY" };
        println!("{}: {verdict_name}", describe(&mount, &event)?);
        respond(&group, &event, verdict)?;
        show(&format!("open {file}"), opener.wait().map(|()| "done"));
    }
    Ok(())
}
// ANCHOR_END: allow_and_deny

// ANCHOR: read_too
pub fn read_too() -> Result<()> {
    part("read, too");
    let (mount, group) = guarded(MaskFlags::FAN_ACCESS_PERM)?;
    let file = File::open(mount.join("secret"))?;
    println!("open: done");
    let reader = Child::named(c"reader", || errno(io::read_to_string(&file)).map(drop))?;
    let event = request(&group)?;
    println!("{}: FAN_DENY", describe(&mount, &event)?);
    respond(&group, &event, Response::FAN_DENY)?;
    show("read", reader.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: read_too

// ANCHOR: unanswered
pub fn unanswered() -> Result<()> {
    part("unanswered");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let opener = stranger(c"opener", || {
        handle_sigusr1()?;
        errno(File::open(mount.join("public"))).map(drop)
    })?;
    let event = request(&group)?;
    println!("asleep in {}", opener.asleep_in(SYS_openat)?);
    println!("state: {}", task::status(opener.pid(), "State")?);
    opener.signal(Signal::SIGUSR1)?;
    println!("asleep in {}", opener.asleep_in(SYS_openat)?);
    println!("SIGUSR1 is pending: {}", is_pending(&opener, Signal::SIGUSR1)?);
    respond(&group, &event, Response::FAN_ALLOW)?;
    show("open", opener.wait().map(|()| "done"));
    show(
        "the same response again",
        respond(&group, &event, Response::FAN_ALLOW).map(|()| "given"),
    );
    Ok(())
}
// ANCHOR_END: unanswered

// ANCHOR: killed
pub fn killed() -> Result<()> {
    part("killed");
    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let opener = opener(&mount.join("public"))?;
    let event = request(&group)?;
    opener.asleep_in(SYS_openat)?;
    opener.signal(Signal::SIGKILL)?;
    show("open, and SIGKILL", opener.wait().map(|()| "done"));
    show("the response", respond(&group, &event, Response::FAN_ALLOW).map(|()| "given"));
    Ok(())
}
// ANCHOR_END: killed
