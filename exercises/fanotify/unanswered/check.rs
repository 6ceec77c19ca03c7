//! Has other processes open files, one after another and several at once, and lets `decide` respond. Each must get its own
//! response, and no file may stay open.

use crate::exercise::decide;
use judge::{Context, Result, accepted, bail, ensure, equal, open_below, until, within};
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
    fs::{self, File, OpenOptions},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::MetadataExt,
    },
    sync::Arc,
    time::Duration,
};

const FOLDER: &str = "/tmp/files";
const PUBLIC: &str = "/tmp/files/public";
const OTHER: &str = "/tmp/files/other";
const SECRET: &str = "/tmp/files/secret";
const BROKEN: &str = "/tmp/files/broken";

pub fn check() -> Result<()> {
    fs::create_dir(FOLDER).context("make a folder")?;
    for file in [PUBLIC, OTHER, SECRET, BROKEN] {
        fs::write(file, "hello")?;
    }
    let guard = Guard::new()?;
    guard.opens("one process opens a file", &[(PUBLIC, Ok(()))])?;
    guard.forbids_before_it_allows()?;
    let all = [(PUBLIC, Ok(())), (SECRET, Err(Errno::EPERM)), (OTHER, Ok(()))];
    guard.opens("three processes open a file each before the guard reads", &all)?;
    guard.opens("the rule fails for the first of two files", &[(BROKEN, Err(Errno::EPERM)), (PUBLIC, Ok(()))])?;
    guard.gets_both_kinds()?;
    let (group, rule) = (guard.group.clone(), guard.rule());
    let nothing = within(Duration::from_secs(1), "decide without an event", move || decide(&group, rule))?;
    equal("what decide returns when there is no event", nothing, Err(Errno::EAGAIN))?;
    ensure!(
        open_below(FOLDER)? == 0,
        "decide leaves files open that came with events, and some day there is no descriptor left"
    );
    Ok(())
}

/// A group with permission events for what is opened in the folder, and notification events for what was written there.
struct Guard {
    group: Arc<Fanotify>,
    secret: u64,
    broken: u64,
}

impl Guard {
    fn new() -> Result<Guard> {
        let flags = InitFlags::FAN_CLASS_CONTENT | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK;
        let group = Fanotify::init(flags, EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC)?;
        let events = MaskFlags::FAN_OPEN_PERM | MaskFlags::FAN_CLOSE_WRITE | MaskFlags::FAN_EVENT_ON_CHILD;
        group.mark(MarkFlags::FAN_MARK_ADD, events, AT_FDCWD, Some(FOLDER))?;
        let [secret, broken] = [SECRET, BROKEN].map(|path| fs::metadata(path).map(|file| file.ino()));
        Ok(Guard { group: Arc::new(group), secret: secret?, broken: broken? })
    }

    /// Nobody may open the secret file, and of the broken one the rule cannot tell.
    fn rule(&self) -> impl Fn(BorrowedFd) -> nix::Result<bool> + Send + use<> {
        let (secret, broken) = (self.secret, self.broken);
        move |file| match fstat(file)?.st_ino {
            inode if inode == broken => Err(Errno::EIO),
            inode => Ok(inode != secret),
        }
    }

    /// Lets a process open each of these files, in this order. Then responds, and compares how they fare.
    fn opens(&self, what: &str, files: &[(&str, nix::Result<()>)]) -> Result<()> {
        let mut openers = Vec::new();
        for (path, _) in files {
            openers.push(Opener::start(path, false)?);
        }
        self.read_rest().with_context(|| what.to_string())?;
        for (opener, (path, expected)) in openers.iter_mut().zip(files) {
            let Some(result) = opener.ended()? else {
                bail!(
                    "{what}: decide has read all requests, and the process that opens {path} still sleeps in open(2)"
                );
            };
            equal(&format!("{what}: what open(2) of {path} returns"), result, *expected)?;
        }
        Ok(())
    }

    /// A request that was read and got no response stays, and so does the number of its descriptor.
    fn forbids_before_it_allows(&self) -> Result<()> {
        let what = "one process opens a file that is forbidden";
        let mut first = Opener::start(SECRET, false)?;
        self.read_rest().context(what)?;
        let before = first.ended()?;
        let mut second = Opener::start(PUBLIC, false)?;
        self.read_rest().context("another process opens a file that is allowed")?;
        match (before, first.ended()?) {
            (None, Some(Ok(()))) => {
                bail!("{what} and sleeps; another opens one that is allowed, and the first process is let in")
            }
            (None, _) => bail!("{what}: its request was read, and it still sleeps in open(2)"),
            (Some(result), _) => equal(&format!("{what}: what open(2) returns"), result, Err(Errno::EPERM))?,
        }
        equal("what open(2) of a file that is allowed returns after that", second.ended()?, Some(Ok(())))
    }

    /// A process writes a file and closes it, and then another opens one.
    fn gets_both_kinds(&self) -> Result<()> {
        let mut writer = Opener::start(OTHER, true)?;
        // It closes the file after this, so that both events are there when the guard reads again.
        self.decide().context("a process opens a file to write")?;
        equal("what open(2) to write returns", writer.ended()?, Some(Ok(())))?;
        self.opens("a file was written, and then another is opened", &[(PUBLIC, Ok(()))])
    }

    /// Calls `decide` as long as there is something to read.
    fn read_rest(&self) -> Result<()> {
        while poll(&mut [PollFd::new(self.group.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO)? > 0 {
            self.decide()?;
        }
        Ok(())
    }

    fn decide(&self) -> Result<()> {
        let (group, rule) = (self.group.clone(), self.rule());
        accepted("decide", within(Duration::from_secs(1), "decide", move || decide(&group, rule))?)
    }
}

/// A process that opens a file and closes it, and what came of that. It is killed when this is dropped: a signal that kills
/// ends even a sleep in open(2).
struct Opener {
    child: Child,
    result: Option<nix::Result<()>>,
}

impl Opener {
    /// Starts one, and waits until it sleeps.
    fn start(path: &str, write: bool) -> Result<Opener> {
        let child = Child::start(|| {
            // SAFETY: the child has one thread, which from here on uses no file that was open before, and ends with _exit(2).
            // Without this the group would stay open for as long as the child sleeps.
            unsafe { libc::close_range(3, u32::MAX, 0) };
            lesson::errno(OpenOptions::new().read(true).write(write).open(path)).map(drop::<File>)
        })?;
        child.asleep_in(libc::SYS_openat)?;
        Ok(Opener { child, result: None })
    }

    /// What its open(2) has returned, if it has within a while.
    fn ended(&mut self) -> Result<Option<nix::Result<()>>> {
        if self.result.is_none() {
            self.result = until(Duration::from_millis(400), || Ok(self.child.try_wait()?))?;
        }
        Ok(self.result)
    }
}
