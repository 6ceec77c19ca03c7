//! Has other processes open files, and responds by `respond`. Then counts the descriptors that are left, of permission
//! events and of notification events.

use crate::exercise::respond;
use judge::{Context, Result, accepted, bail, equal, open_below, until, within};
use lesson::child::Child;
use nix::{
    errno::Errno,
    fcntl::AT_FDCWD,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags},
        stat::fstat,
    },
};
use std::{
    fs::{self, File},
    os::fd::AsFd,
    os::unix::fs::MetadataExt,
    sync::Arc,
    time::Duration,
};

const FOLDER: &str = "/tmp/files";
const PUBLIC: &str = "/tmp/files/public";
const OTHER: &str = "/tmp/files/other";
const SECRET: &str = "/tmp/files/secret";

pub fn check() -> Result<()> {
    fs::create_dir(FOLDER).context("make a folder")?;
    for file in [PUBLIC, OTHER, SECRET] {
        fs::write(file, "hello")?;
    }
    let secret = fs::metadata(SECRET)?.ino();

    let permission = Listener::new(MaskFlags::FAN_OPEN_PERM, secret)?;
    permission.opens("one process opens a file", &[(PUBLIC, Ok(()))])?;
    permission.opens("one process opens a file that is forbidden", &[(SECRET, Err(Errno::EPERM))])?;
    let all = [(PUBLIC, Ok(())), (SECRET, Err(Errno::EPERM)), (OTHER, Ok(()))];
    permission.opens("three processes open a file each before the first response", &all)?;
    let left = open_below(FOLDER)?;
    equal("the count of descriptors that respond leaves open after five permission events", left, 0)?;
    drop(permission);

    let mixed = Listener::new(MaskFlags::FAN_OPEN_PERM | MaskFlags::FAN_CLOSE_NOWRITE, secret)?;
    for _ in 0..2 {
        mixed.opens("a process opens a file, and there is an event when another is closed", &[(PUBLIC, Ok(()))])?;
    }
    mixed.read_rest()?;
    let left = open_below(FOLDER)?;
    equal("the count of descriptors that respond leaves open after two notification events", left, 0)
}

/// A group with permission events for what is in the folder.
struct Listener {
    group: Arc<Fanotify>,
    secret: u64,
}

impl Listener {
    fn new(events: MaskFlags, secret: u64) -> Result<Listener> {
        let flags = InitFlags::FAN_CLASS_CONTENT | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK;
        let group = Fanotify::init(flags, EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC)?;
        group.mark(MarkFlags::FAN_MARK_ADD, events | MaskFlags::FAN_EVENT_ON_CHILD, AT_FDCWD, Some(FOLDER))?;
        Ok(Listener { group: Arc::new(group), secret })
    }

    /// Lets a process open each of these files, responds, and compares how they fare.
    fn opens(&self, what: &str, files: &[(&str, nix::Result<()>)]) -> Result<()> {
        let mut openers = Vec::new();
        for (path, _) in files {
            openers.push(opener(path)?);
        }
        for opener in &openers {
            opener.asleep_in(libc::SYS_openat)?;
        }
        self.read_rest().with_context(|| what.to_string())?;
        for (opener, (path, expected)) in openers.iter_mut().zip(files) {
            let Some(result) = opened(opener)? else {
                bail!("{what}: its request was read, and the process that opens {path} still sleeps in open(2)");
            };
            equal(&format!("{what}: what open(2) of {path} returns"), result, *expected)?;
        }
        Ok(())
    }

    /// Calls `respond` as long as there is something to read.
    fn read_rest(&self) -> Result<()> {
        while poll(&mut [PollFd::new(self.group.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)? > 0 {
            let (group, secret) = (self.group.clone(), self.secret);
            let forbidden = move |file: std::os::fd::BorrowedFd| fstat(file).is_ok_and(|stat| stat.st_ino == secret);
            let result = within(Duration::from_secs(1), "respond", move || respond(&group, forbidden))?;
            accepted("respond", result)?;
        }
        Ok(())
    }
}

/// A process that opens a file.
fn opener(path: &str) -> nix::Result<Child> {
    Child::start(|| {
        // SAFETY: the child has one thread, which from here on uses no file that was open before, and ends with _exit(2).
        // Without this the group would stay open for as long as the child sleeps.
        unsafe { libc::close_range(3, u32::MAX, 0) };
        lesson::errno(File::open(path)).map(drop)
    })
}

/// What its open(2) has returned, if it does within a second.
fn opened(opener: &mut Child) -> Result<Option<nix::Result<()>>> {
    until(Duration::from_secs(1), || Ok(opener.try_wait()?))
}
