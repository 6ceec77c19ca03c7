//! Processes that make one call and sleep in it, so that somebody is awake to watch them.

use crate::semaphore::Semaphore;
use lesson::task::wait_until;
use nix::{
    Result,
    errno::Errno,
    libc::{self, SYS_futex, c_long},
    sys::{
        signal::{Signal, kill},
        wait::{WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::{ffi::CStr, fs, io};

/// A child. Dropping it kills it.
pub struct Child {
    pid: Pid,
    waited_for: bool,
}

impl Child {
    /// fork(2): a child that does `work`, and ends. `name` is what the kernel calls it, at
    /// most 15 bytes.
    pub fn start(name: &CStr, work: impl FnOnce() -> Result<()>) -> Result<Child> {
        // SAFETY: the lesson has one thread, so nothing that the child uses is locked or
        // half done.
        match unsafe { fork() }? {
            ForkResult::Child => {
                // SAFETY: PR_SET_NAME takes a C string.
                unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
                let errno = work().err().map_or(0, |errno| errno as i32);
                // SAFETY: _exit(2) does not return, and runs nothing of ours.
                unsafe { libc::_exit(errno) }
            }
            ForkResult::Parent { child } => Ok(Child { pid: child, waited_for: false }),
        }
    }

    /// kill(2).
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal)
    }

    /// waitpid(2): waits for its end, and returns what its work returned. ECHILD: a signal
    /// killed it.
    pub fn join(mut self) -> Result<()> {
        self.waited_for = true;
        match waitpid(self.pid, None)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            WaitStatus::Exited(_, errno) => Err(Errno::from_raw(errno)),
            _ => Err(Errno::ECHILD),
        }
    }

    /// kill(2) with SIGKILL, and waits for its end. ESRCH: it had ended by itself.
    pub fn kill(mut self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.waited_for = true;
        match waitpid(self.pid, None)? {
            WaitStatus::Signaled(_, Signal::SIGKILL, _) => Ok(()),
            _ => Err(Errno::ESRCH),
        }
    }

    // ANCHOR: asleep
    /// Waits until the child sleeps in sem_wait(3) of this semaphore. TimedOut: it never
    /// did.
    pub fn asleep_at(&self, semaphore: &Semaphore) -> io::Result<()> {
        let there = Place::Asleep(SYS_futex, semaphore.address());
        wait_until(|| Ok((self.place()? == there).then_some(())))
    }

    /// Waits until the child sleeps in the system call `number`. Returns how, from
    /// proc_pid_status(5): `S` if a signal would wake it, `D` if not even SIGKILL would.
    pub fn asleep_in(&self, number: c_long) -> io::Result<String> {
        wait_until(|| Ok(self.place()?.is_asleep_in(&[number]).then_some(())))?;
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let state = status.lines().find_map(|line| line.strip_prefix("State:\t"));
        Ok(state.unwrap_or_default().to_owned())
    }
    // ANCHOR_END: asleep

    /// Waits until the child sleeps in one of these system calls, or has ended. Returns
    /// whether it has ended.
    pub fn asleep_or_ended(&self, numbers: &[c_long]) -> io::Result<bool> {
        wait_until(|| {
            let place = self.place()?;
            let ended = place == Place::Ended;
            Ok((ended || place.is_asleep_in(numbers)).then_some(ended))
        })
    }

    fn place(&self) -> io::Result<Place> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')) {
            return Ok(Place::Ended);
        }
        // "running", or the number and the arguments of the call in which it sleeps.
        let call = match fs::read_to_string(format!("/proc/{}/syscall", self.pid)) {
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
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.waited_for {
            // Nobody could act on a failure here.
            let _ = self.signal(Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
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
