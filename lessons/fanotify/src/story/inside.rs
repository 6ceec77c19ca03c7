//! Fanotify from below: what the kernel does for it, and what it costs.

use super::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{
    child::stranger,
    cost, group,
    mount::Mount,
    permission::{request, respond},
    trace,
};
use lesson::{
    child::Child,
    errno,
    ftrace::{self, mark},
    part, show,
};
use nix::{
    libc::SYS_openat,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags, Response},
};
use std::{fs::File, path::PathBuf};

/// A file in the mount, and a group that gets permission events for it.
fn guarded(mount: &Mount, name: &str) -> Result<(PathBuf, Fanotify)> {
    let path = mount.join(name);
    File::create(&path)?;
    let group = group::listen(InitFlags::FAN_CLASS_CONTENT).context("make a group")?;
    let events = MaskFlags::FAN_OPEN_PERM;
    group::mark(&group, MarkFlags::FAN_MARK_INODE, events, &path).context("mark a file")?;
    Ok((path, group))
}

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let watched = mount.join("watched");
    File::create(&watched)?;
    let watcher = listener(MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_OPEN, &watched)?;
    let (theirs, group) = guarded(&mount, "theirs")?;
    let listener = Child::named(c"listener", || {
        respond(&group, &request(&group)?, Response::FAN_ALLOW)
    })?;
    let (ours, group) = guarded(&mount, "ours")?;
    let opener = stranger(c"opener", || errno(File::open(&ours)).map(drop))?;
    opener.asleep_in(SYS_openat)?;

    let lines = ftrace::graph(trace::FUNCTIONS, || {
        mark("open a file that is watched");
        let _ = File::open(&watched);
        mark("open a file that needs a permission");
        let _ = File::open(&theirs);
        mark("read the event");
        let _event = watcher.read_events();
        mark("read the permission event");
        let requests = group.read_events().unwrap_or_default();
        mark("response");
        let _ = requests
            .iter()
            .try_for_each(|event| respond(&group, event, Response::FAN_DENY));
    });
    lines.context("record the path")?.iter().for_each(|line| println!("{line}"));
    show("the other open", opener.wait().map(|()| "done"));
    Ok(listener.wait()?)
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let costs = cost::costs(mount.path()).context("measure")?;
    lesson::cost::table(&[
        ("nobody watches", costs.unwatched),
        ("an inotify event", costs.inotify),
        ("a fanotify event, by a handle", costs.handle),
        ("a fanotify event, by a file", costs.file),
        ("a permission event, allowed", costs.permitted),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
