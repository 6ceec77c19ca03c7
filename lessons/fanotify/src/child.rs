//! The other processes: those who open files, and those who listen.

use lesson::task;
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::{
        prctl,
        signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, kill, sigaction},
        wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::{ffi::CStr, fs, io};

/// Has this process run a handler for `SIGUSR1`, so that it interrupts what can be
/// interrupted.
pub fn handle_sigusr1() -> Result<()> {
    extern "C" fn handler(_: libc::c_int) {}
    let handler = SigHandler::Handler(handler);
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.map(drop)
}

/// A child process.
#[derive(Debug)]
pub struct Child {
    /// Its number.
    pub pid: Pid,
}

impl Child {
    // ANCHOR: start
    /// A child called `name` (at most 15 bytes) that does `work` and ends. It has none of
    /// our files, like a program that was executed: a group stays open as long as anybody
    /// has it.
    pub fn start(name: &CStr, work: impl FnOnce() -> Result<()>) -> Result<Child> {
        Child::sharing(name, || {
            // SAFETY: the child has one thread, which from here on uses no file that was
            // open before, and ends with _exit(2).
            Errno::result(unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) })?;
            work()
        })
    }
    // ANCHOR_END: start

    /// A child that shares our open files.
    pub fn sharing(name: &CStr, work: impl FnOnce() -> Result<()>) -> Result<Child> {
        // SAFETY: the lesson has one thread, so nothing that the child uses is locked or
        // half done.
        match unsafe { fork() }? {
            ForkResult::Child => {
                let result = prctl::set_name(name).and_then(|()| work());
                // SAFETY: _exit(2) does not return and touches nothing.
                unsafe { libc::_exit(result.map_or_else(|errno| errno as i32, |()| 0)) }
            }
            ForkResult::Parent { child } => Ok(Child { pid: child }),
        }
    }

    /// Waits until it has ended, but leaves it for [`Child::wait`]: its number and name
    /// stay.
    pub fn ended(&self) -> Result<()> {
        waitid(Id::Pid(self.pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).map(drop)
    }

    /// Waits until it has ended, and returns what its work did. EINTR: a signal ended it.
    pub fn wait(self) -> Result<()> {
        match waitpid(self.pid, None)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            WaitStatus::Exited(_, code) => Err(Errno::from_raw(code)),
            _ => Err(Errno::EINTR),
        }
    }

    /// kill(2).
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal)
    }

    /// Whether a signal has been sent to it that it has not taken.
    pub fn is_pending(&self, signal: Signal) -> io::Result<bool> {
        let pending = u64::from_str_radix(&self.status("ShdPnd")?, 16);
        let pending = pending.map_err(io::Error::other)?;
        Ok(pending & 1 << (signal as i32 - 1) != 0)
    }

    /// Waits until it sleeps in the system call `number`. Returns the kernel's function in
    /// which it does, from proc_pid_wchan(5). TimedOut: it never slept there.
    pub fn asleep_in(&self, number: libc::c_long) -> io::Result<String> {
        task::asleep_in(self.pid, number)
    }

    /// One of the lines of proc_pid_status(5).
    pub fn status(&self, name: &str) -> io::Result<String> {
        let status = self.read("status")?;
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        Ok(value.unwrap_or_default().trim_start_matches(':').trim().into())
    }

    fn read(&self, file: &str) -> io::Result<String> {
        fs::read_to_string(format!("/proc/{}/{file}", self.pid))
    }
}
