//! Where a child sleeps, and how: so that somebody is awake to watch those who wait.

use crate::semaphore::Semaphore;
use lesson::{
    child::Child,
    task::{self, wait_until},
};
use nix::libc::{SYS_futex, c_long};
use std::{fs, io};

// ANCHOR: asleep
/// Waits until the child sleeps in sem_wait(3) of this semaphore. TimedOut: it never did.
pub fn at(child: &Child, semaphore: &Semaphore) -> io::Result<()> {
    let there = Place::Asleep(SYS_futex, semaphore.address());
    wait_until(|| Ok((place(child)? == there).then_some(())))
}

/// Waits until the child sleeps in the system call `number`. Returns how, from
/// proc_pid_status(5): `S` if a signal would wake it, `D` if not even SIGKILL would.
pub fn state_in(child: &Child, number: c_long) -> io::Result<String> {
    child.asleep_in(number)?;
    task::status(child.pid(), "State")
}
// ANCHOR_END: asleep

/// Waits until the child sleeps in one of these system calls, or has ended. Returns whether
/// it has ended.
pub fn or_ended(child: &Child, numbers: &[c_long]) -> io::Result<bool> {
    wait_until(|| {
        let place = place(child)?;
        let ended = place == Place::Ended;
        Ok((ended || place.is_asleep_in(numbers)).then_some(ended))
    })
}

/// Where a process is.
#[derive(PartialEq, Eq)]
enum Place {
    Running,
    /// In this system call, with this first argument.
    Asleep(c_long, usize),
    Ended,
}

impl Place {
    fn is_asleep_in(&self, numbers: &[c_long]) -> bool {
        matches!(self, Place::Asleep(number, _) if numbers.contains(number))
    }
}

fn place(child: &Child) -> io::Result<Place> {
    let pid = child.pid();
    if task::status(pid, "State")?.starts_with('Z') {
        return Ok(Place::Ended);
    }
    // "running", or the number and the arguments of the call in which it sleeps.
    let call = match fs::read_to_string(format!("/proc/{pid}/syscall")) {
        // Once it has given up its memory, and until it has ended, this file is root's.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(Place::Running);
        }
        call => call?,
    };
    let mut words = call.split_whitespace();
    let number = words.next().and_then(|number| number.parse().ok());
    let first = words.next().and_then(|word| word.strip_prefix("0x"));
    let first = first.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    Ok(number.zip(first).map_or(Place::Running, |(n, first)| Place::Asleep(n, first)))
}
