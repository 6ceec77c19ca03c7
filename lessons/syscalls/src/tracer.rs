//! A tracer: every system call of a child, as it goes in and as it comes out.

use crate::call::Call;
use lesson::child::fork;
use nix::{
    Result,
    errno::Errno,
    libc,
    sys::{
        ptrace::{self, Options},
        signal::{Signal, raise},
        wait::{WaitStatus, waitpid},
    },
    unistd::Pid,
};

// ANCHOR: event
/// What the child stopped for.
pub enum Event {
    /// It is about to make a call.
    Enters(Call),
    /// The call returns this.
    Leaves(i64),
    /// It is about to get this signal.
    Signal(Signal),
    /// It is no more.
    Ended(WaitStatus),
}
// ANCHOR_END: event

// ANCHOR: tracer
/// A child that stops at every system call.
pub struct Tracer {
    /// Its process number.
    pub child: Pid,
    /// What it will get when it goes on.
    signal: Option<Signal>,
}

impl Tracer {
    /// Starts a child that stops before it does its `work`, and kills it if we end.
    pub fn start(work: impl FnOnce() -> i32) -> Result<Tracer> {
        let child =
            fork(|| match ptrace::traceme().and_then(|()| raise(Signal::SIGSTOP)) {
                Ok(()) => work(),
                Err(errno) => errno as i32,
            })?;
        if let WaitStatus::Exited(_, errno) = waitpid(child, None)? {
            return Err(Errno::from_raw(errno));
        }
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        ptrace::setoptions(child, options)?;
        Ok(Tracer { child, signal: None })
    }

    /// Lets the child go on to its next stop, and says what it stopped for.
    pub fn next_stop(&mut self) -> Result<Event> {
        loop {
            ptrace::syscall(self.child, self.signal.take())?;
            match waitpid(self.child, None)? {
                WaitStatus::PtraceSyscall(_) => return self.call(),
                WaitStatus::Stopped(_, signal) => {
                    self.signal = Some(signal);
                    return Ok(Event::Signal(signal));
                }
                WaitStatus::PtraceEvent(..) => {}
                ended => return Ok(Event::Ended(ended)),
            }
        }
    }

    fn call(&self) -> Result<Event> {
        let info = ptrace::syscall_info(self.child)?;
        if info.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
            // SAFETY: `op` says that this is the part of the union that the kernel filled
            // in.
            let entry = unsafe { info.u.entry };
            Ok(Event::Enters(Call { number: entry.nr, arguments: entry.args }))
        } else {
            // SAFETY: a call that is stopped at and does not enter, leaves.
            Ok(Event::Leaves(unsafe { info.u.exit }.sval))
        }
    }
}
// ANCHOR_END: tracer
