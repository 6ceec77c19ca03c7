//! When it is too much.

use super::{
    observer::listener,
    permission::{guarded, opener},
};
use anyhow::{Context, Result};
use crossings_fanotify::{group, mount::Mount, permission};
use lesson::{knob::Knob, part, show};
use nix::sys::{
    fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags},
    resource::{Resource, getrlimit, rlim_t, setrlimit},
};
use std::{
    fs::{self, File},
    os::fd::AsRawFd,
};

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

// ANCHOR: descriptors
pub fn no_descriptor_left() -> Result<()> {
    part("no descriptor left");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let names: Vec<_> = (1..=3).map(|n| mount.join(&format!("f{n}"))).collect();
    names.iter().try_for_each(|name| File::create(name).map(drop))?;
    let group = listener(MarkFlags::FAN_MARK_MOUNT, MaskFlags::FAN_OPEN, mount.path())?;
    names.iter().try_for_each(|name| File::open(name).map(drop))?;
    println!("three files were opened, and there is room for one descriptor");
    let few = Descriptors::more(1).context("set RLIMIT_NOFILE")?;
    let reads = [group.read_events(), group.read_events(), group.read_events()];
    drop(few);
    for read in &reads {
        show("read, events", read.as_ref().map(Vec::len));
    }
    drop(reads);

    let (mount, group) = guarded(MaskFlags::FAN_OPEN_PERM)?;
    let opener = opener(&mount.join("public"))?;
    permission::wait(&group)?;
    let none = Descriptors::more(0).context("set RLIMIT_NOFILE")?;
    let read = group.read_events();
    drop(none);
    show("read of a permission event", read.map(|events| events.len()));
    show("the open that waits for it", opener.wait().map(|()| "done"));
    Ok(())
}
// ANCHOR_END: descriptors

/// How many files this process may have open. Dropping it lifts the limit.
struct Descriptors(rlim_t, rlim_t);

impl Descriptors {
    /// So many more than the lowest number that is free.
    fn more(count: rlim_t) -> Result<Descriptors> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let free = File::open("/dev/null")?.as_raw_fd();
        setrlimit(Resource::RLIMIT_NOFILE, free as rlim_t + count, hard)?;
        Ok(Descriptors(soft, hard))
    }
}

impl Drop for Descriptors {
    fn drop(&mut self) {
        // The next open(2) fails if this does, which says enough.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, self.0, self.1);
    }
}

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
