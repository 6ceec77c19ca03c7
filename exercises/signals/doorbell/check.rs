//! Rings at processes that live, have ended, or have only the number of one that has; then has many processes answer the
//! door, one after the other, and counts what is left of them in the kernel. Last, looks whether a newcomer is rung at.

use judge::{Context, Result, accepted, bail, ensure, equal, refused};
use lesson::child::fork;
use nix::{
    errno::Errno,
    sched::{CpuSet, sched_setaffinity},
    sys::{
        signal::{SigSet, Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{Pid, pause, write},
};
use std::fs;

const MANY: usize = 100;

pub fn check() -> Result<()> {
    let before = settled()?;
    // Whoever is rung at finds the signal waiting; nobody dies of it.
    let mut rings = SigSet::empty();
    rings.add(Signal::SIGUSR1);
    rings.thread_block()?;
    refused("a ring before anybody answers the door", ring(), Errno::ESRCH)?;
    refused("a write(2) of \"knock\"", say("knock"), Errno::EINVAL)?;
    equal("what a write(2) of \"answer\" returns", say("answer"), Ok(6))?;
    for which in ["the first", "the second"] {
        accepted(&format!("{which} ring"), ring())?;
        ensure!(was_rung_at()?, "{which} ring has not sent a signal to who answers the door");
    }
    // First, because a stranger who has both the place and the number would be told as having the number.
    not_who_comes_to_lie_there()?;
    only_the_process_itself()?;
    nothing_is_left(before)
}

/// A child answers the door and ends; another one gets its number.
fn only_the_process_itself() -> Result<()> {
    let number = answers_and_ends()?;
    refused("a ring at a process that has ended", ring(), Errno::ESRCH)?;
    for _ in 0..20 {
        fs::write("/proc/sys/kernel/ns_last_pid", (number.as_raw() - 1).to_string())
            .context("choose the next number")?;
        let (stranger, silent) = child(|| ring() == Err(Errno::ESRCH) && was_rung_at() == Ok(false))?;
        // Somebody else in the kernel may have been faster, and have got the number.
        if stranger == number {
            ensure!(
                silent,
                "who answered the door has ended, another process has its number now, and the ring went to that one"
            );
            return Ok(());
        }
    }
    bail!("no process could be given the number of one that has ended")
}

/// A child answers the door and ends. If its `struct pid` is freed, one of those that come next has its place: the kernel
/// frees and allocates on the same processor, the last one first.
fn not_who_comes_to_lie_there() -> Result<()> {
    let mut one = CpuSet::new();
    one.set(0)?;
    sched_setaffinity(Pid::from_raw(0), &one)?;
    answers_and_ends()?;
    judge::wait_for_rcu();
    let mut strangers = Vec::new();
    let mut rung = Err(Errno::ESRCH);
    while strangers.len() < MANY && rung == Err(Errno::ESRCH) {
        strangers.push(sleeps()?);
        rung = ring();
    }
    for stranger in strangers {
        kill(stranger, Signal::SIGKILL)?;
        waitpid(stranger, None)?;
    }
    ensure!(rung.is_err(), "who answered the door has ended, and the ring went to a process that was started later");
    refused("a ring at a process that has ended", rung, Errno::ESRCH)
}

/// How many there are of `struct pid` when the kernel has freed those of processes that have ended before. It frees a few at
/// a time.
fn settled() -> Result<i64> {
    let (mut least, mut unchanged) = (judge::in_use("pid")?, 0);
    while unchanged < 10 {
        let now = judge::in_use("pid")?;
        unchanged = if now < least { 0 } else { unchanged + 1 };
        least = least.min(now);
    }
    Ok(least)
}

/// Of what there was `before`.
fn nothing_is_left(before: i64) -> Result<()> {
    for _ in 0..MANY {
        answers_and_ends()?;
    }
    accepted("a write(2) of \"answer\"", say("answer"))?;
    for _ in 0..100 {
        if judge::in_use("pid")? - before < MANY as i64 / 2 {
            return Ok(());
        }
    }
    bail!("a hundred processes have answered the door and have ended, and the kernel still keeps a struct pid of each")
}

/// Returns what its number was.
fn answers_and_ends() -> Result<Pid> {
    let (number, answers) = child(|| say("answer").is_ok())?;
    ensure!(answers, "a write(2) of \"answer\" fails in a second process");
    Ok(number)
}

/// Runs `act` in a child until it has ended. Returns what its number was, and what `act` has returned.
fn child(act: impl FnOnce() -> bool) -> Result<(Pid, bool)> {
    let child = fork(|| i32::from(!act()))?;
    Ok((child, waitpid(child, None)? == WaitStatus::Exited(child, 0)))
}

/// A child that only sleeps.
fn sleeps() -> nix::Result<Pid> {
    fork(|| {
        loop {
            pause();
        }
    })
}

/// Whether a ring waits for this process; it is taken.
fn was_rung_at() -> nix::Result<bool> {
    let mut rings = SigSet::empty();
    rings.add(Signal::SIGUSR1);
    // SAFETY: both structs are ours, and the third argument may be null.
    let taken = unsafe {
        let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        libc::sigtimedwait(rings.as_ref(), std::ptr::null_mut(), &none)
    };
    match Errno::result(taken) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN) => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn ring() -> nix::Result<usize> {
    say("ring")
}

fn say(text: &str) -> nix::Result<usize> {
    let bell = fs::OpenOptions::new().write(true).open("/dev/exercise").map_err(|_| Errno::ENODEV)?;
    write(&bell, text.as_bytes())
}
