//! What there is only so much of.

use super::{
    growing::{CHANGES, follow_meanwhile, report},
    observer::{Observer, folder},
};
use anyhow::{Context, Result};
use crossings_inotify::{event, grow, tree::Tree};
use inotify::{Inotify, WatchMask};
use lesson::{errno, knob::Knob, part, show, user};
use std::fs;

// ANCHOR: overflow
pub fn overflow() -> Result<()> {
    part("overflow");
    let folder = folder()?;
    let create = |n| fs::write(folder.path().join(format!("f{n}")), "");
    let mut before = Observer::of(folder.path(), WatchMask::CREATE)?;
    let _limit = Knob::turned("/proc/sys/fs/inotify/max_queued_events", "3")
        .context("set max_queued_events")?;
    let mut observer = Observer::of(folder.path(), WatchMask::CREATE)?;
    observer.tell("create 8 files", || (1..=8).try_for_each(create))?;
    observer.tell("create one more", || create(9))?;
    let events = event::drain(&mut before.inotify)?;
    println!("an older instance was told of {}", events.len());
    Ok(())
}
// ANCHOR_END: overflow

// ANCHOR: rescan
pub fn rescan() -> Result<()> {
    part("rescan");
    let folder = folder()?;
    let _limit = Knob::turned("/proc/sys/fs/inotify/max_queued_events", "3")
        .context("set max_queued_events")?;
    let mut tree = Tree::new(folder.path()).context("watch the tree")?;
    grow::changes(folder.path(), 5, CHANGES);
    println!("paths that it knows: {}", tree.paths().len());
    tree.catch_up().context("follow the tree")?;
    println!("began again: {}", tree.rescans());
    report(folder.path(), &tree)?;

    follow_meanwhile(folder.path(), &mut tree, 6)?;
    report(folder.path(), &tree)
}
// ANCHOR_END: rescan

// ANCHOR: limits
pub fn limits() -> Result<()> {
    part("limits");
    let folder = folder()?;
    let watched = Knob::turned("/proc/sys/fs/inotify/max_user_watches", "3")
        .context("set max_user_watches")?;
    let observer = Observer::new()?;
    let mut watches = observer.inotify.watches();
    let mut first = None;
    for n in 1..=4 {
        let dir = folder.path().join(n.to_string());
        fs::create_dir(&dir)?;
        let added = errno(watches.add(&dir, WatchMask::CREATE));
        show(&format!("watch {n}"), added.as_ref().map(|_| "added"));
        first = first.or(added.ok());
    }
    if let Some(wd) = first {
        watches.remove(wd).context("remove the first watch")?;
    }
    let again = errno(watches.add(folder.path().join("4"), WatchMask::CREATE));
    show("watch 4, without watch 1", again.map(|_| "added"));
    drop(watched);

    let _instances = Knob::turned("/proc/sys/fs/inotify/max_user_instances", "2")
        .context("set max_user_instances")?;
    let second = Inotify::init().context("make a second instance")?;
    let third = || errno(Inotify::init()).map(|_| "made");
    show("a third instance", third());
    show("a third instance, as another user", user::as_ordinary_user(third)?);
    drop(second);
    show("a third instance, without the second", third());
    Ok(())
}
// ANCHOR_END: limits
