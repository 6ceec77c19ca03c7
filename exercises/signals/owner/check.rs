//! Has a pager page processes of root's and of ordinary users', in the name of each: by who has opened the file and by others who
//! got it from there. Last, counts what is left of the owners in the kernel.

use judge::{Result, accepted, anyhow, bail, ensure, refused};
use lesson::child::{Child, stop};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    sys::signal::{SigSet, Signal},
    unistd::{Pid, getpid, write},
};
use std::{
    fs::{File, OpenOptions},
    thread,
};

const MANY: usize = 100;

const ROOT: u32 = 0;
/// Two ordinary users.
const ANN: u32 = 1001;
const BOB: u32 = 1002;
/// A third one, who has nothing to do with anybody.
const CAT: u32 = 1003;

pub fn check() -> Result<()> {
    // Whoever is paged finds the signal waiting; nobody dies of it.
    pages().thread_block()?;
    pages_who_was_named()?;
    a_user_cannot_page_root()?;
    nor_have_it_done_by_root()?;
    whoever_has_opened_it_may()?;
    by_the_rule_of_kill()?;
    as_it_is_now()?;
    whatever_numbers_there_are()?;
    nothing_is_left()
}

fn pages_who_was_named() -> Result<()> {
    let pager = open_as(ROOT)?;
    refused("\"page\" when the file has no owner", page(&pager), Errno::ESRCH)?;
    for text in ["pages", "-1", "1 2", "0x10"] {
        refused(&format!("a write(2) of {text:?}"), say(&pager, text), Errno::EINVAL)?;
    }
    accepted("a write(2) of our own number", own(&pager, getpid()))?;
    accepted("\"page\"", page(&pager))?;
    ensure!(is_paged()?, "a process has named itself, and \"page\" has not sent it a SIGUSR1");
    let ended = Child::start(|| Ok(()))?;
    accepted("a write(2) of a child's number", own(&pager, ended.pid()))?;
    let number = ended.pid();
    ended.wait()?;
    refused("\"page\" when the owner has ended", page(&pager), Errno::ESRCH)?;
    refused("a write(2) of the number of a process that has ended", own(&pager, number), Errno::ESRCH)?;
    accepted("a write(2) of 0", say(&pager, "0"))?;
    refused("\"page\" after a write(2) of 0", page(&pager), Errno::ESRCH)
}

fn a_user_cannot_page_root() -> Result<()> {
    let (pager, target) = (open_as(ANN)?, Target::with_ids([ROOT; 3])?);
    let paged = by(ANN, || own(&pager, target.pid()).and_then(|_| page(&pager)))?;
    ensure!(!target.ends_paged()?, "an ordinary user has named a process of root's, and has sent it a SIGUSR1");
    refused("\"page\" of a process of root's, by an ordinary user,", paged, Errno::EPERM)
}

/// The file was opened by an ordinary user, and somebody of root's has it as standard output, say.
fn nor_have_it_done_by_root() -> Result<()> {
    for (who, namer) in [("that user", ANN), ("root", ROOT)] {
        let (pager, target) = (open_as(ANN)?, Target::with_ids([ROOT; 3])?);
        let named = by(namer, || own(&pager, target.pid()))?;
        let paged = named.and_then(|_| page(&pager));
        ensure!(
            !target.ends_paged()?,
            "an ordinary user has opened the file, {who} has named a process of root's, and root has written \"page\": that process must \
             not be sent a SIGUSR1"
        );
        refused("\"page\" of a process of root's, in the name of an ordinary user,", paged, Errno::EPERM)?;
    }
    Ok(())
}

fn whoever_has_opened_it_may() -> Result<()> {
    for (opener, name) in [(ROOT, "root"), (BOB, "the same user")] {
        let target = Target::with_ids([BOB; 3])?;
        let pager = open_as(opener)?;
        accepted("a write(2) of the number of an ordinary user's process", by(opener, || own(&pager, target.pid()))?)?;
        let paged = by(ANN, || page(&pager))?;
        let call = format!("\"page\" of an ordinary user's process, by another user, when {name} has opened the file,");
        accepted(&call, paged)?;
        target.was_paged(true, &call)?;
    }
    Ok(())
}

fn by_the_rule_of_kill() -> Result<()> {
    // One of the two ids is enough.
    [[ANN, ANN], [ANN, CAT], [CAT, ANN]].into_iter().try_for_each(opened_with)
}

/// The file is opened by who has these real and effective user ids.
fn opened_with([uid, euid]: [u32; 2]) -> Result<()> {
    let opener = match uid == euid {
        true => format!("user {ANN}"),
        false => format!("who has opened the file with the ids {uid} (real) and {euid} (effective)"),
    };
    for (ids, allowed) in [
        ([ANN, BOB, BOB], true),
        ([BOB, BOB, ANN], true),
        ([BOB, ANN, BOB], false),
        ([BOB, ROOT, BOB], false),
        ([ROOT, ROOT, ROOT], false),
    ] {
        let target = Target::with_ids(ids)?;
        let pager = open_with([uid, euid, euid])?;
        let paged = by(ANN, || own(&pager, target.pid()).and_then(|_| page(&pager)))?;
        let [real, effective, saved] = ids;
        let what = format!(
            "the ids of a process are {real} (real), {effective} (effective) and {saved} (saved): \"page\" by {opener}"
        );
        match allowed {
            true => drop(accepted(&what, paged)?),
            false => refused(&what, paged, Errno::EPERM)?,
        }
        target.was_paged(allowed, &what)?;
    }
    Ok(())
}

/// As su(1) does it, and every daemon in the other direction.
fn as_it_is_now() -> Result<()> {
    let mut target = Target::start([ANN, ANN, ROOT], || {
        stop();
        be([ROOT; 3])
    })?;
    let pager = open_as(ANN)?;
    accepted("a write(2) of the number of one's own process", by(ANN, || own(&pager, target.pid()))?)?;
    target.goes_on()?;
    let paged = by(ANN, || page(&pager))?;
    let what = "a user has named a process of their own, and that has become root's since: \"page\"";
    refused(what, paged, Errno::EPERM)?;
    target.was_paged(false, what)
}

/// Who writes "page" may be in another pid namespace: there, a number is somebody else's or nobody's.
fn whatever_numbers_there_are() -> Result<()> {
    let pager = open_as(ROOT)?;
    accepted("a write(2) of our own number", own(&pager, getpid()))?;
    let outside = Child::start(|| {
        unshare(CloneFlags::CLONE_NEWPID)?;
        Child::start(|| page(&pager).map(drop))?.wait()
    })?;
    accepted("\"page\" by a process in a pid namespace of its own", outside.wait())?;
    ensure!(is_paged()?, "\"page\" by a process in a pid namespace of its own has not sent the owner a SIGUSR1");
    let inside = Child::counting(|| {
        unshare(CloneFlags::CLONE_NEWPID)?;
        let first = Child::counting(|| {
            own(&pager, getpid())?;
            page(&pager)?;
            is_paged().map(usize::from)
        })?;
        first.number()
    })?;
    let paged = accepted("a write(2) of its number by process 1 of a pid namespace, and \"page\"", inside.number())?;
    ensure!(paged == 1, "process 1 of a pid namespace has named itself, and \"page\" has not sent it a SIGUSR1");
    Ok(())
}

fn nothing_is_left() -> Result<()> {
    let pager = open_as(ROOT)?;
    for (what, name_themselves) in [
        (
            "were named by files that are closed",
            (|_| own(&open_as(ROOT).map_err(|_| Errno::ENODEV)?, getpid())) as fn(&File) -> _,
        ),
        ("were named, one after the other", |pager| own(pager, getpid())),
    ] {
        let before = judge::in_use("pid")?;
        for _ in 0..MANY {
            let child = Child::start(|| name_themselves(&pager).map(drop))?;
            accepted("a write(2) of its own number by a child", child.wait())?;
        }
        for attempt in 0.. {
            if judge::in_use("pid")? - before < MANY as i64 / 2 {
                break;
            }
            ensure!(
                attempt < 20,
                "a hundred processes {what}, and have ended, and the kernel still keeps a struct pid of each"
            );
        }
    }
    Ok(())
}

/// A process that waits until it is asked whether it was paged.
struct Target(Child);

impl Target {
    /// One with these real, effective and saved user ids.
    fn with_ids(ids: [u32; 3]) -> Result<Self> {
        Target::start(ids, || Ok(()))
    }

    /// The same, and it does something before it waits.
    fn start(ids: [u32; 3], act: fn() -> nix::Result<()>) -> Result<Self> {
        let mut child = Child::counting(|| {
            be(ids)?;
            act()?;
            stop();
            is_paged().map(usize::from)
        })?;
        child.stopped()?;
        Ok(Target(child))
    }

    fn pid(&self) -> Pid {
        self.0.pid()
    }

    /// Lets it go on until it stops again.
    fn goes_on(&mut self) -> Result<()> {
        self.0.go_on()?;
        Ok(self.0.stopped()?)
    }

    /// Whether it has been sent a SIGUSR1. It ends.
    fn ends_paged(self) -> Result<bool> {
        self.0.go_on()?;
        Ok(self.0.number()? == 1)
    }

    /// That it has been sent a SIGUSR1, or not. It ends.
    fn was_paged(self, expected: bool, what: &str) -> Result<()> {
        match (expected, self.ends_paged()?) {
            (true, false) => bail!("{what} has not sent it a SIGUSR1"),
            (false, true) => bail!("{what} has sent it a SIGUSR1"),
            _ => Ok(()),
        }
    }
}

fn open_as(user: u32) -> Result<File> {
    open_with([user; 3])
}

fn open_with(ids: [u32; 3]) -> Result<File> {
    let opened = with(ids, || OpenOptions::new().read(true).write(true).open("/dev/exercise"))?;
    accepted("open /dev/exercise", opened)
}

fn by<T: Send>(user: u32, act: impl FnOnce() -> T + Send) -> Result<T> {
    with([user; 3], act)
}

/// What `act` returns, done by a thread with other user ids. The system call changes the ids of one thread; it is the C library
/// that has all threads do the same.
fn with<T: Send>(ids: [u32; 3], act: impl FnOnce() -> T + Send) -> Result<T> {
    thread::scope(|scope| {
        let acted = scope.spawn(|| be(ids).map(|()| act()));
        Ok(acted.join().map_err(|_| anyhow!("a thread panicked"))??)
    })
}

/// setresuid(2) of this thread.
fn be([real, effective, saved]: [u32; 3]) -> nix::Result<()> {
    // SAFETY: takes numbers only.
    Errno::result(unsafe { libc::syscall(libc::SYS_setresuid, real, effective, saved) }).map(drop)
}

fn own(pager: &File, process: Pid) -> nix::Result<usize> {
    say(pager, &process.to_string())
}

fn page(pager: &File) -> nix::Result<usize> {
    say(pager, "page")
}

fn say(pager: &File, text: &str) -> nix::Result<usize> {
    write(pager, text.as_bytes())
}

/// The set of the one signal.
fn pages() -> SigSet {
    let mut pages = SigSet::empty();
    pages.add(Signal::SIGUSR1);
    pages
}

/// Whether a page waits for this process; it is taken.
fn is_paged() -> nix::Result<bool> {
    let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both structs are ours, and the second argument may be null.
    let taken = unsafe { libc::sigtimedwait(pages().as_ref(), std::ptr::null_mut(), &none) };
    match Errno::result(taken) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN) => Ok(false),
        Err(errno) => Err(errno),
    }
}
