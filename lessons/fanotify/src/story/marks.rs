//! What can be marked, and what is left out again.

use super::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{group, mount::Mount};
use lesson::part;
use nix::{
    fcntl::AT_FDCWD,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags},
};
use std::{
    fs::{self, File},
    path::Path,
};

// ANCHOR: three_marks
pub fn three_marks() -> Result<()> {
    part("three marks");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    fs::create_dir_all(mount.join("dir/sub"))?;
    for file in ["top", "dir/f", "dir/sub/g"] {
        File::create(mount.join(file))?;
    }
    let other = Mount::bind(mount.path()).context("mount it a second time")?;

    let open = MaskFlags::FAN_OPEN;
    let child = open | MaskFlags::FAN_EVENT_ON_CHILD;
    let groups = [
        ("inode", listener(MarkFlags::FAN_MARK_INODE, child, &mount.join("dir"))?),
        ("mount", listener(MarkFlags::FAN_MARK_MOUNT, open, mount.path())?),
        ("file system", listener(MarkFlags::FAN_MARK_FILESYSTEM, open, mount.path())?),
    ];
    for (what, path) in [
        ("dir/f", mount.join("dir/f")),
        ("dir/sub/g", mount.join("dir/sub/g")),
        ("top", mount.join("top")),
        ("dir/f, by the other mount", other.join("dir/f")),
        ("top, by the other mount", other.join("top")),
    ] {
        println!("{what}: {}", notified(&groups, &path)?.join(", "));
    }
    Ok(())
}

/// Which groups are notified when the file is opened.
fn notified(groups: &[(&'static str, Fanotify)], path: &Path) -> Result<Vec<&'static str>> {
    File::open(path)?;
    let mut notified = Vec::new();
    for (name, group) in groups {
        notified.extend(group::drain(group)?.iter().map(|_| *name));
    }
    Ok(notified)
}
// ANCHOR_END: three_marks

// ANCHOR: flush
pub fn flush() -> Result<()> {
    part("flush");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let files = ["f", "g"].map(|name| mount.join(name));
    let group = group::listen(InitFlags::FAN_CLASS_NOTIF)?;
    for file in &files {
        File::create(file)?;
        group::mark(&group, MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_OPEN, file)?;
    }
    println!("marks: {}", group::marks(&group)?);
    File::open(&files[0])?;
    group.mark(MarkFlags::FAN_MARK_FLUSH, MaskFlags::empty(), AT_FDCWD, None::<&Path>)?;
    println!("marks after FAN_MARK_FLUSH: {}", group::marks(&group)?);
    File::open(&files[1])?;
    println!("events in the queue: {}", group::drain(&group)?.len());
    Ok(())
}
// ANCHOR_END: flush

// ANCHOR: evictable
pub fn evictable() -> Result<()> {
    part("a mark and memory");
    let files = ["/sys/kernel/fscaps", "/sys/kernel/uevent_seqnum"].map(Path::new);
    let (open, evictable) = (MaskFlags::FAN_OPEN, MarkFlags::FAN_MARK_EVICTABLE);
    let groups = [
        ("an ordinary mark", listener(MarkFlags::FAN_MARK_INODE, open, files[0])?),
        ("an evictable mark", listener(evictable, open, files[1])?),
    ];
    // The kernel keeps what was used a moment ago, so the first attempt may not do.
    for _ in 0..100 {
        fs::write("/proc/sys/vm/drop_caches", "2")?;
        if group::marks(&groups[1].1)? == 0 {
            break;
        }
    }
    files.iter().try_for_each(|file| File::open(file).map(drop))?;
    for (name, group) in &groups {
        let (marks, events) = (group::marks(group)?, group::drain(group)?.len());
        println!("{name}, after the caches were dropped: marks {marks}, events {events}");
    }
    Ok(())
}
// ANCHOR_END: evictable

// ANCHOR: all_but_one
pub fn all_but_one() -> Result<()> {
    part("all but one");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    fs::create_dir(mount.join("cache"))?;
    for file in ["log", "data", "cache/f"] {
        File::create(mount.join(file))?;
    }
    let open = MaskFlags::FAN_OPEN;
    let group = listener(MarkFlags::FAN_MARK_MOUNT, open, mount.path())?;
    let ignore = MarkFlags::FAN_MARK_IGNORE_SURV;
    group::mark(&group, ignore, open, &mount.join("log"))?;
    let children = open | MaskFlags::FAN_EVENT_ON_CHILD;
    group::mark(&group, ignore, children, &mount.join("cache"))?;
    let groups = [("group", group)];
    for file in ["data", "log", "cache/f"] {
        let notified = notified(&groups, &mount.join(file))?;
        println!("{file}: {}", if notified.is_empty() { "no event" } else { "an event" });
    }
    Ok(())
}
// ANCHOR_END: all_but_one
