//! Who did it, when that is long ago.

use super::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{
    child::stranger,
    event::{self, Event},
    group,
    mount::Mount,
    permission, process,
    record::Record,
};
use lesson::{errno, part, show};
use nix::{
    errno::Errno,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags},
    unistd::{Pid, getpid, gettid, pause},
};
use std::{fs::File, os::fd::OwnedFd, thread};

// ANCHOR: ended
pub fn a_process_that_has_ended() -> Result<()> {
    part("a process that has ended");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    File::create(mount.join("f"))?;
    let group = listener(MarkFlags::FAN_MARK_MOUNT, MaskFlags::FAN_OPEN, mount.path())?;
    let child = stranger(c"opener", || errno(File::open(mount.join("f"))).map(drop))?;
    let pid = child.pid().as_raw();
    child.ended()?;
    show("its name, after it has ended", process::name(pid));
    child.wait()?;
    for event in group::drain(&group)? {
        println!("{}, pid known: {}", group::bits(event.mask()), event.pid() == pid);
        show("its name, after it was waited for", process::name(event.pid()));
    }
    Ok(())
}
// ANCHOR_END: ended

// ANCHOR: pidfd
pub fn a_pidfd() -> Result<()> {
    part("a pidfd");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let file = mount.join("f");
    File::create(&file)?;
    let group = group::listen(InitFlags::FAN_REPORT_PIDFD).context("make a group")?;
    group::mark(&group, MarkFlags::FAN_MARK_MOUNT, MaskFlags::FAN_OPEN, mount.path())?;

    let alive = stranger(c"opener", || {
        let _file = errno(File::open(&file))?;
        pause();
        Ok(())
    })?;
    permission::wait(&group)?;
    let pidfd = pidfd(&group)?.context("no pidfd of a process that lives")?;
    show("SIGKILL", process::kill(&pidfd).map(|()| "sent"));
    show("it ended by itself", alive.wait().map(|()| true));
    show("SIGKILL again", process::kill(&pidfd).map(|()| "sent"));

    let ended = stranger(c"opener", || errno(File::open(&file)).map(drop))?;
    ended.wait()?;
    println!(
        "after it was waited for: {}",
        match self::pidfd(&group)? {
            Some(_) => "a pidfd",
            None => "no pidfd",
        }
    );
    Ok(())
}
// ANCHOR_END: pidfd

// ANCHOR: thread
pub fn a_thread() -> Result<()> {
    part("a thread");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let file = mount.join("f");
    File::create(&file)?;
    let both = InitFlags::FAN_REPORT_TID | InitFlags::FAN_REPORT_PIDFD;
    for flags in [InitFlags::empty(), InitFlags::FAN_REPORT_TID] {
        let group = group::listen(flags).context("make a group")?;
        group::mark(&group, MarkFlags::FAN_MARK_MOUNT, MaskFlags::FAN_OPEN, mount.path())?;
        let opener = thread::spawn({
            let file = file.clone();
            move || File::open(file).map(|_| gettid())
        });
        let thread = opener.join().expect("the thread does not panic")?;
        for event in group::drain(&group)? {
            let pid = Pid::from_raw(event.pid());
            let who = [(getpid(), "the process"), (thread, "the thread")];
            let who =
                who.iter().find(|(id, _)| *id == pid).map_or("nobody", |(_, who)| who);
            let name = if flags.is_empty() { "no flag" } else { "FAN_REPORT_TID" };
            println!("{name}, pid is: {who}");
        }
    }
    show("FAN_REPORT_TID and FAN_REPORT_PIDFD", group::listen(both).map(|_| "made"));
    Ok(())
}
// ANCHOR_END: thread

/// The pidfd of the next event.
fn pidfd(group: &Fanotify) -> Result<Option<OwnedFd>> {
    let events = event::drain(group).context("read the events")?;
    let records = events.into_iter().next().map(|Event { records, .. }| records);
    let found = records.into_iter().flatten().find_map(|record| match record {
        Record::Pidfd(pidfd) => Some(pidfd),
        _ => None,
    });
    found.ok_or(Errno::ENODATA).context("an event without a record of its process")
}
