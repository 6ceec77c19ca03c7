//! What can be marked, and what is left out again.

use crate::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{group, mount::Mount};
use lesson::part;
use nix::sys::fanotify::{Fanotify, MarkFlags, MaskFlags};
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
        println!("{what}: {}", told(&groups, &path)?.join(", "));
    }
    Ok(())
}

/// Who is told when the file is opened.
fn told(groups: &[(&'static str, Fanotify)], path: &Path) -> Result<Vec<&'static str>> {
    File::open(path)?;
    let mut told = Vec::new();
    for (name, group) in groups {
        told.extend(group::drain(group)?.iter().map(|_| *name));
    }
    Ok(told)
}
// ANCHOR_END: three_marks

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
    let groups = [("told", group)];
    for file in ["data", "log", "cache/f"] {
        let told = told(&groups, &mount.join(file))?;
        println!("{file}: {}", if told.is_empty() { "not told" } else { "told" });
    }
    Ok(())
}
// ANCHOR_END: all_but_one
