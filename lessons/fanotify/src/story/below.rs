//! Fanotify from below: what the kernel does for it, and what it costs.

use crate::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{
    child::stranger,
    cost, group,
    mount::Mount,
    permission::{answer, question},
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

/// A file in the mount, and a group that is asked about it.
fn asked(mount: &Mount, name: &str) -> Result<(PathBuf, Fanotify)> {
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
    let told = mount.join("told");
    File::create(&told)?;
    let teller = listener(MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_OPEN, &told)?;
    let (theirs, group) = asked(&mount, "theirs")?;
    let listener = Child::named(c"listener", || {
        answer(&group, &question(&group)?, Response::FAN_ALLOW)
    })?;
    let (ours, group) = asked(&mount, "ours")?;
    let opener = stranger(c"opener", || errno(File::open(&ours)).map(drop))?;
    opener.asleep_in(SYS_openat)?;

    let lines = ftrace::graph(trace::FUNCTIONS, || {
        mark("open a file of which somebody is told");
        let _ = File::open(&told);
        mark("open a file about which somebody is asked");
        let _ = File::open(&theirs);
        mark("read what is told");
        let _told = teller.read_events();
        mark("read what is asked");
        let asked = group.read_events().unwrap_or_default();
        mark("answer");
        let _ =
            asked.iter().try_for_each(|event| answer(&group, event, Response::FAN_DENY));
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
    println!("an open about which somebody is asked costs");
    println!(
        "  more than 4 times one of which nobody knows: {}",
        costs.asked > 4 * costs.unwatched
    );
    println!(
        "  more than twice one of which somebody is told: {}",
        costs.asked > 2 * costs.file
    );
    println!("one of which somebody is told costs");
    println!(
        "  less than 5 times one of which nobody knows: {}",
        costs.file < 5 * costs.unwatched
    );
    Ok(())
}
// ANCHOR_END: the_cost
