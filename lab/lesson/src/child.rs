//! The other process: a child that does one thing and ends.

use crate::task;
use nix::{
    Result,
    errno::Errno,
    libc::{self, c_long},
    sys::{
        prctl,
        signal::{Signal, kill, raise},
        wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
    },
    unistd::{self, ForkResult, Pid},
};
use std::{
    ffi::CStr,
    io,
    panic::{self, AssertUnwindSafe},
    process,
};

// ANCHOR: fork
/// fork(2): a child that does `work` and ends with the exit status that it returns. The child
/// has one thread. If another thread of ours holds a lock at that moment, nobody ever gives
/// it back in the child, so `work` must not need one; malloc(3) looks after its own. If
/// `work` panics, SIGABRT ends the child.
pub fn fork(work: impl FnOnce() -> i32) -> Result<Pid> {
    // SAFETY: the child goes on with a copy of all our memory. What it may wait for in vain
    // is said above.
    match unsafe { unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            // A panic must not go on in what the child has of its parent's stack.
            let work = panic::catch_unwind(AssertUnwindSafe(work));
            let status = work.unwrap_or_else(|_| process::abort());
            // SAFETY: _exit(2) touches nothing: the ceremonies of exit(3) are the parent's.
            unsafe { libc::_exit(status) }
        }
    }
}
// ANCHOR_END: fork

/// The highest errno; see errno(3). An exit status above it is a number that was asked for.
const HIGHEST: i32 = Errno::EHWPOISON as i32;

/// A child. Dropping it kills it, unless it has been waited for.
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    waited_for: bool,
}

impl Child {
    /// fork(2): a child that does `work`, and ends.
    pub fn start(work: impl FnOnce() -> Result<()>) -> Result<Child> {
        Child::counting(|| work().map(|()| 0))
    }

    /// The same, and `name` is what the kernel calls it, at most 15 bytes.
    pub fn named(name: &CStr, work: impl FnOnce() -> Result<()>) -> Result<Child> {
        Child::start(|| prctl::set_name(name).and_then(|()| work()))
    }

    /// The same without a name, for work that returns a number up to 100.
    pub fn counting(work: impl FnOnce() -> Result<usize>) -> Result<Child> {
        let status = || match work() {
            Ok(0) => 0,
            Ok(number) => HIGHEST + number as i32,
            Err(errno) => errno as i32,
        };
        Ok(Child { pid: fork(status)?, waited_for: false })
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// kill(2).
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal)
    }

    /// waitpid(2): waits for its end, and returns what its work returned. EINTR: a signal
    /// ended it.
    pub fn wait(self) -> Result<()> {
        self.number().map(drop)
    }

    /// The same for a child that was started by [`Child::counting`].
    pub fn number(mut self) -> Result<usize> {
        self.status(WaitPidFlag::empty()).and_then(returned)
    }

    /// [`Child::wait`] for one that may not have ended: then there is nothing.
    pub fn try_wait(&mut self) -> Result<Option<Result<()>>> {
        Ok(match self.status(WaitPidFlag::WNOHANG)? {
            WaitStatus::StillAlive => None,
            ended => Some(returned(ended).map(drop)),
        })
    }

    /// [`Child::number`] in words, and the signal that ended it has its name.
    pub fn fate(mut self) -> Result<String> {
        Ok(match self.status(WaitPidFlag::empty())? {
            WaitStatus::Exited(_, 0) => "nothing happens".into(),
            WaitStatus::Exited(_, errno) => format!("{:?}", Errno::from_raw(errno)),
            WaitStatus::Signaled(_, signal, _) => format!("killed by {signal}"),
            status => format!("{status:?}"),
        })
    }

    /// kill(2) with SIGKILL, and waits for its end. ESRCH: it had ended by itself.
    pub fn kill(mut self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        match self.status(WaitPidFlag::empty())? {
            WaitStatus::Signaled(_, Signal::SIGKILL, _) => Ok(()),
            _ => Err(Errno::ESRCH),
        }
    }

    /// waitid(2) with `WNOWAIT`: waits for its end, but leaves it for [`Child::wait`]: its
    /// number and name stay.
    pub fn ended(&self) -> Result<()> {
        waitid(Id::Pid(self.pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).map(drop)
    }

    /// waitpid(2) with `WUNTRACED`: waits until it has stopped, as [`stop`] does it.
    pub fn stopped(&mut self) -> Result<()> {
        match self.status(WaitPidFlag::WUNTRACED)? {
            WaitStatus::Stopped(..) => Ok(()),
            _ => Err(Errno::ECHILD),
        }
    }

    /// kill(2) with SIGCONT: lets it go on.
    pub fn go_on(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// waitpid(2), and what it says.
    pub fn status(&mut self, flags: WaitPidFlag) -> Result<WaitStatus> {
        let status = waitpid(self.pid, Some(flags))?;
        self.waited_for =
            matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..));
        Ok(status)
    }

    /// Waits until it sleeps in the system call `number`; see [`task::asleep_in`].
    pub fn asleep_in(&self, number: c_long) -> io::Result<String> {
        task::asleep_in(self.pid, number)
    }
}

/// What its work returned, when this is how it ended.
fn returned(ended: WaitStatus) -> Result<usize> {
    match ended {
        WaitStatus::Exited(_, 0) => Ok(0),
        WaitStatus::Exited(_, code) if code > HIGHEST => Ok((code - HIGHEST) as usize),
        WaitStatus::Exited(_, errno) => Err(Errno::from_raw(errno)),
        _ => Err(Errno::EINTR),
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.waited_for {
            // It is ours and has not been waited for, so it has its number still.
            let _ = self.signal(Signal::SIGKILL);
            while waitpid(self.pid, None) == Err(Errno::EINTR) {}
        }
    }
}

/// Stops this process until somebody sends it SIGCONT.
pub fn stop() {
    // raise(3) of SIGSTOP cannot fail.
    let _ = raise(Signal::SIGSTOP);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_work_returns_comes_back() {
        let outcome = |result: Result<usize>| Child::counting(|| result)?.number();
        assert_eq!(outcome(Ok(0)), Ok(0));
        assert_eq!(outcome(Ok(100)), Ok(100));
        assert_eq!(outcome(Err(Errno::EPERM)), Err(Errno::EPERM));
        assert_eq!(outcome(Err(Errno::EHWPOISON)), Err(Errno::EHWPOISON));
    }

    #[test]
    fn a_panic_ends_the_child_and_nothing_else() {
        let child = Child::start(|| panic!("planted")).expect("fork");
        assert_eq!(child.fate(), Ok("killed by SIGABRT".into()));
    }

    #[test]
    fn a_child_that_is_dropped_is_gone() {
        let sleeper = || {
            unistd::pause();
            Ok(())
        };
        let child = Child::start(sleeper).expect("fork");
        let pid = child.pid();
        drop(child);
        assert_eq!(kill(pid, None), Err(Errno::ESRCH));
        let child = Child::start(sleeper).expect("fork");
        child.signal(Signal::SIGKILL).expect("kill");
        assert_eq!(child.wait(), Err(Errno::EINTR));
    }
}
