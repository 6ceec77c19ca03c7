//! The other process.

use nix::{
    Result,
    errno::Errno,
    libc::{self, c_long},
    sys::{
        signal::{Signal, kill, raise},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork},
};
use std::{fs, io, thread, time::Duration};

/// A child that does one thing and ends. Dropping it kills it.
pub struct Child {
    pid: Pid,
    ended: bool,
}

impl Child {
    /// fork(2).
    pub fn start(work: impl FnOnce() -> Result<()>) -> Result<Child> {
        // SAFETY: the lesson has one thread, so nothing that the child uses is locked or
        // half done.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Child { pid: child, ended: false }),
            ForkResult::Child => {
                let code = work().err().unwrap_or(Errno::from_raw(0)) as i32;
                // SAFETY: _exit(2) touches nothing and does not return. The ceremonies of
                // exit(3) belong to the parent.
                unsafe { libc::_exit(code) }
            }
        }
    }

    /// waitpid(2): waits for its end. Fails with the errno that it failed with, or with
    /// EINTR if a signal has killed it.
    pub fn end(mut self) -> Result<()> {
        match self.wait(WaitPidFlag::empty())? {
            WaitStatus::Exited(_, 0) => Ok(()),
            WaitStatus::Exited(_, code) => Err(Errno::from_raw(code)),
            _ => Err(Errno::EINTR),
        }
    }

    /// waitpid(2): waits for its end and says in words what it was.
    pub fn fate(mut self) -> Result<String> {
        Ok(match self.wait(WaitPidFlag::empty())? {
            WaitStatus::Exited(_, 0) => "nothing happens".into(),
            WaitStatus::Exited(_, code) => format!("{:?}", Errno::from_raw(code)),
            WaitStatus::Signaled(_, signal, _) => format!("killed by {signal}"),
            status => format!("{status:?}"),
        })
    }

    // ANCHOR: stop
    /// waitpid(2) with `WUNTRACED`: waits until it has stopped, as [`stop`] does it.
    pub fn stopped(&mut self) -> Result<()> {
        match self.wait(WaitPidFlag::WUNTRACED)? {
            WaitStatus::Stopped(..) => Ok(()),
            _ => Err(Errno::ECHILD),
        }
    }

    /// kill(2) with SIGCONT: lets it go on.
    pub fn go_on(&self) -> Result<()> {
        kill(self.pid, Signal::SIGCONT)
    }
    // ANCHOR_END: stop

    /// Waits until it sleeps in the system call `number`. TimedOut: it never did.
    pub fn asleep_in(&self, number: c_long) -> io::Result<()> {
        for _ in 0..10_000 {
            // "running", or the number and arguments of the call in which it sleeps.
            let call = fs::read_to_string(format!("/proc/{}/syscall", self.pid))?;
            if call.split_whitespace().next() == Some(&number.to_string()) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    fn wait(&mut self, flags: WaitPidFlag) -> Result<WaitStatus> {
        let status = waitpid(self.pid, Some(flags))?;
        self.ended = !matches!(status, WaitStatus::Stopped(..));
        Ok(status)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.ended {
            // It is ours and has not been waited for, so it has its number still.
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

/// Stops this process until somebody sends it SIGCONT.
pub fn stop() {
    // raise(3) of SIGSTOP cannot fail.
    let _ = raise(Signal::SIGSTOP);
}

/// A child that does one thing, and what became of it.
pub fn fate(work: impl FnOnce() -> Result<()>) -> Result<String> {
    Child::start(work)?.fate()
}
