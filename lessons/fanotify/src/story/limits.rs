//! When it is too much.

use crate::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{group, mount::Mount};
use lesson::{knob::Knob, part, show};
use nix::sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags};
use std::fs::{self, File};

// ANCHOR: overflow
pub fn overflow() -> Result<()> {
    part("overflow");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let names: Vec<_> = (1..=8).map(|n| mount.join(&format!("f{n}"))).collect();
    names.iter().try_for_each(|name| File::create(name).map(drop))?;
    let (on, open) = (MarkFlags::FAN_MARK_MOUNT, MaskFlags::FAN_OPEN);

    let limit = Knob::turned("/proc/sys/fs/fanotify/max_queued_events", "3")
        .context("set max_queued_events")?;
    let small = listener(on, open, mount.path())?;
    let endless = group::listen(InitFlags::FAN_UNLIMITED_QUEUE)?;
    group::mark(&endless, on, open, mount.path())?;
    drop(limit);
    let large = listener(on, open, mount.path())?;

    names.iter().try_for_each(|name| File::open(name).map(drop))?;
    for event in group::drain(&small)? {
        let file = event.fd().map(group::path).transpose()?;
        let name = file
            .as_deref()
            .map_or("no file".into(), |path| mount.inside(path).display().to_string());
        println!("{} {name}, pid known: {}", group::bits(event.mask()), event.pid() != 0);
    }
    println!("a group made after the limit was lifted: {}", group::drain(&large)?.len());
    println!("a group with FAN_UNLIMITED_QUEUE: {}", group::drain(&endless)?.len());

    let again = || (0..5).try_for_each(|_| File::open(&names[0]).map(drop));
    again()?;
    println!("five opens of one file: {}", group::drain(&small)?.len());
    Ok(())
}
// ANCHOR_END: overflow

// ANCHOR: limits
pub fn limits() -> Result<()> {
    part("limits");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let names: Vec<_> = (1..=3).map(|n| mount.join(&format!("f{n}"))).collect();
    names.iter().try_for_each(|name| File::create(name).map(drop))?;
    let make = |flags| group::listen(flags);
    let add = |group: &Fanotify, n: usize| {
        group::mark(group, MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_OPEN, &names[n])
    };

    let groups = Knob::turned("/proc/sys/fs/fanotify/max_user_groups", "2")
        .context("set max_user_groups")?;
    let _first = make(InitFlags::FAN_CLASS_NOTIF)?;
    let second = make(InitFlags::FAN_CLASS_NOTIF)?;
    show("a third group", make(InitFlags::FAN_CLASS_NOTIF).map(|_| "made"));
    drop((second, groups));

    let marks = Knob::turned("/proc/sys/fs/fanotify/max_user_marks", "2")
        .context("set max_user_marks")?;
    let group = make(InitFlags::FAN_CLASS_NOTIF)?;
    for n in 0..names.len() {
        show(&format!("mark {}", n + 1), add(&group, n).map(|()| "added"));
    }
    show("mark 1, once more", add(&group, 0).map(|()| "added"));
    let endless = make(InitFlags::FAN_UNLIMITED_MARKS)?;
    show("with FAN_UNLIMITED_MARKS", add(&endless, 2).map(|()| "added"));
    drop(marks);

    let events: u32 = fs::read_to_string("/proc/sys/fs/fanotify/max_queued_events")?
        .trim()
        .parse()
        .context("read max_queued_events")?;
    println!("max_queued_events after boot: {events}");
    Ok(())
}
// ANCHOR_END: limits
