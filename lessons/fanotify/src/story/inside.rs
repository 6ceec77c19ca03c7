//! Fanotify from below: what the kernel does for it, and what it costs.

use super::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{
    child::stranger, cost, group, mount::Mount, permission::respond, trace::FUNCTIONS,
};
use lesson::{
    child::Child,
    errno,
    ftrace::{self, mark, marked},
    part,
};
use nix::{
    libc::SYS_openat,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags, Response},
};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

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
    let (guarded, group) = guarded(&mount, "guarded")?;
    let open = |path: &Path| {
        stranger(c"opener", || marked("open(2)", || errno(File::open(path))).map(drop))
    };
    let listen =
        |work: &dyn Fn() -> nix::Result<()>| Child::named(c"watcher", work)?.wait();

    let names = ["opener", "watcher"];
    let lines = ftrace::tasks(&names, (FUNCTIONS, FUNCTIONS), &[], || {
        mark("a file that is watched");
        open(&watched)?.wait()?;
        listen(&|| marked("read(2)", || watcher.read_events()).map(drop))?;

        mark("a file that needs a permission");
        let opener = open(&guarded)?;
        opener.asleep_in(SYS_openat)?;
        listen(&|| {
            let requests = marked("read(2)", || group.read_events())?;
            let deny = |event| respond(&group, event, Response::FAN_DENY);
            requests.iter().try_for_each(|event| marked("write(2)", || deny(event)))
        })?;
        // That it was refused stands in the record.
        let _ = opener.wait();
        Ok(())
    });
    println!("{}", lines.context("record the path")?.join("\n"));
    Ok(())
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
