//! Has another process scan files that a third one opens. Then writes a file, and watches the journal for a while.

use crate::exercise::take_in;
use judge::{Context, Result, bail, ensure, equal, until};
use lesson::child::Child;
use nix::{
    errno::Errno,
    fcntl::AT_FDCWD,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        fanotify::{EventFFlags, Fanotify, InitFlags, MarkFlags, MaskFlags},
        signal::{SigHandler, Signal, signal},
    },
};
use std::{
    fs::{self, File},
    os::fd::AsFd,
    path::{Path, PathBuf},
    ptr,
    time::Duration,
};

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_millis(1500);

pub fn check() -> Result<()> {
    let [inbox, outbox] = ["/tmp/inbox", "/tmp/outbox"].map(Path::new);
    for folder in [inbox, outbox] {
        fs::create_dir(folder).context("make a folder")?;
    }
    fs::write(inbox.join("letter"), "Dear reader")?;
    fs::write(inbox.join("note"), "Hi")?;
    fs::write(inbox.join("empty"), "")?;
    fs::write(inbox.join("bad"), "virus, and more of it")?;
    let journal = outbox.join("journal");
    File::create(&journal)?;
    let mut scanner = scanner(inbox, outbox, journal.clone())?;
    for (name, expected) in [("letter", Ok(())), ("bad", Err(Errno::EPERM)), ("note", Ok(())), ("empty", Ok(()))] {
        let mut opener = Child::start(|| lesson::errno(File::open(inbox.join(name))).map(drop))?;
        let Some(result) = ended(&mut opener)? else { return why_not(&mut scanner, name) };
        equal(&format!("what open(2) of the file {name} returns"), result, expected)?;
    }

    let mut lines = String::new();
    for name in ["first", "second"] {
        fs::write(outbox.join(name), "hello")?;
        lines += &format!("{name}\n");
        let read = || fs::read_to_string(&journal);
        if until(PATIENCE, || Ok(read()?.contains(name).then_some(())))?.is_none() {
            match ended(&mut scanner)? {
                Some(Err(errno)) => bail!("a file was written, and take_in fails with {errno:?}"),
                _ => bail!("a file was written, and its name does not appear in the journal"),
            }
        }
        // If its own note is news to it, it does not sleep before it has noted that one, too.
        until(PATIENCE, || Ok((read()?.contains("journal") || is_in(&scanner, &[libc::SYS_poll])?).then_some(())))?;
        let found = read()?;
        ensure!(
            !found.contains("journal"),
            "one file was written, and the journal grows and grows: its own name is in it"
        );
        equal("the journal", found, lines.clone())?;
    }
    limit_files(&scanner, lines.len() as u64)?;
    a_note_fails(&mut scanner, &outbox.join("third"), &inbox.join("bad"))
}

/// The scanner stands still until there are two events for it: one that it cannot note, and behind it one that somebody waits
/// for. If the scanner ends and has not responded, the kernel lets that one go on.
fn a_note_fails(scanner: &mut Child, written: &Path, bad: &Path) -> Result<()> {
    scanner.signal(Signal::SIGSTOP)?;
    scanner.stopped()?;
    fs::write(written, "hello")?;
    let mut opener = Child::start(|| lesson::errno(File::open(bad)).map(drop))?;
    opener.asleep_in(libc::SYS_openat)?;
    scanner.go_on()?;
    ensure!(
        matches!(ended(scanner)?, Some(Err(_))),
        "a file was written, and the journal may not grow any more: take_in should fail, and does not"
    );
    let opened =
        ended(&mut opener)?.context("a process opens a file, the scanner has ended, and open(2) has not returned")?;
    ensure!(
        opened == Err(Errno::EPERM),
        "a file was written, and could not be noted; a process opened the file bad at the same time, and got no response"
    );
    Ok(())
}

/// From now on a child cannot make a file longer than this; see RLIMIT_FSIZE in getrlimit(2).
fn limit_files(child: &Child, length: u64) -> Result<()> {
    let limit = libc::rlimit { rlim_cur: length, rlim_max: length };
    // SAFETY: the kernel reads one limit, and is not asked for the one before.
    let set = unsafe { libc::prlimit(child.pid().as_raw(), libc::RLIMIT_FSIZE, &limit, ptr::null_mut()) };
    Errno::result(set)?;
    Ok(())
}

/// A scanner with permission events for what is in one folder, and notification events for the other one.
fn scanner(permission: &Path, notification: &Path, journal: PathBuf) -> Result<Child> {
    let flags = InitFlags::FAN_CLASS_CONTENT | InitFlags::FAN_CLOEXEC | InitFlags::FAN_NONBLOCK;
    let group = Fanotify::init(flags, EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC)?;
    for (events, folder) in [(MaskFlags::FAN_OPEN_PERM, permission), (MaskFlags::FAN_CLOSE_WRITE, notification)] {
        group.mark(MarkFlags::FAN_MARK_ADD, events | MaskFlags::FAN_EVENT_ON_CHILD, AT_FDCWD, Some(folder))?;
    }
    // When the scanner ends, nobody has the group any more, and whoever waits for a response goes on.
    let scanner = Child::start(|| {
        // SAFETY: nothing is called.
        unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) }?;
        loop {
            poll(&mut [PollFd::new(group.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
            take_in(&group, &journal)?;
        }
    })?;
    Ok(scanner)
}

/// What a child's work has returned, if it has soon.
fn ended(child: &mut Child) -> Result<Option<nix::Result<()>>> {
    until(PATIENCE, || Ok(child.try_wait()?))
}

/// Whether a child sleeps in one of these system calls; see proc_pid_syscall(5).
fn is_in(child: &Child, numbers: &[libc::c_long]) -> Result<bool> {
    let call = fs::read_to_string(format!("/proc/{}/syscall", child.pid()))?;
    let number = call.split_whitespace().next().and_then(|number| number.parse().ok());
    Ok(number.is_some_and(|number| numbers.contains(&number)))
}

/// Why the scanner has not responded to somebody.
fn why_not(scanner: &mut Child, name: &str) -> Result<()> {
    if is_in(scanner, &[libc::SYS_open, libc::SYS_openat, libc::SYS_openat2])? {
        bail!(
            "a process opens the file {name} and waits for the scanner, and the scanner sleeps in open(2) itself: it \
             waits for its own response"
        );
    }
    match ended(scanner)? {
        Some(Err(errno)) => bail!("a process opens the file {name}, and take_in fails with {errno:?}"),
        _ => bail!("a process opens the file {name} and waits for the scanner, and take_in has not responded"),
    }
}
