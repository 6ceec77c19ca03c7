//! Processes of our own, for what would end this one.

use nix::{
    Result,
    errno::Errno,
    libc,
    sys::wait::{WaitStatus, waitpid},
    unistd::{ForkResult, Pid, fork},
};

/// fork(2): a child that does `work` and ends with the number that it returns.
pub fn start(work: impl FnOnce() -> i32) -> Result<Pid> {
    // SAFETY: the lesson has one thread whenever it does this, so nothing that the child
    // uses is locked or half done.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            let code = work();
            // SAFETY: _exit(2) does not return and touches nothing.
            unsafe { libc::_exit(code) }
        }
    }
}

/// [`start`], and waits. Returns how the child ended, in words.
pub fn run(work: impl FnOnce() -> i32) -> Result<String> {
    start(work).and_then(|child| waitpid(child, None)).map(ended)
}

/// [`start`], and waits. The child ends with an errno, or 0 if `work` has succeeded.
pub fn outcome(work: impl FnOnce() -> Result<()>) -> Result<()> {
    let child = start(|| work().err().map_or(0, |errno| errno as i32))?;
    match waitpid(child, None)? {
        WaitStatus::Exited(_, 0) => Ok(()),
        WaitStatus::Exited(_, errno) => Err(Errno::from_raw(errno)),
        _ => Err(Errno::ECHILD),
    }
}

/// How a child ended, in words.
pub fn ended(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, code) => format!("ended with {code}"),
        WaitStatus::Signaled(_, signal, _) => format!("killed by {signal}"),
        other => format!("{other:?}"),
    }
}
