//! Processes that register, and end, or become somebody else.

use crate::{ticker::Ticker, waiting};
use lesson::child::Child;
use nix::{
    Result,
    errno::Errno,
    libc,
    sched::{CloneFlags, unshare},
    sys::wait::{WaitStatus, waitpid},
    unistd::{Pid, Uid, getppid, pipe, read, setresuid, write},
};
use std::os::fd::OwnedFd;

/// A child that does `work` and has ended. Returns the number that it had.
pub fn ended(work: impl FnOnce() -> Result<()>) -> Result<Pid> {
    let child = Child::start(work)?;
    let pid = child.pid();
    child.wait().map(|()| pid)
}

const ROOT: Uid = Uid::from_raw(0);

/// The user that the children are when they register.
pub const USER: Uid = Uid::from_raw(1000);

// ANCHOR: another_user
/// A child that registers as an ordinary user and is root when the ticks come, but for its
/// real uid, which is `real`. Returns how many signals were refused.
pub fn becomes_root(ticker: &Ticker, signal: i32, real: Uid) -> Result<usize> {
    Child::counting(|| {
        setresuid(USER, USER, ROOT)?;
        ticker.notify(signal, 0)?;
        setresuid(real, ROOT, ROOT)?;
        ticker.run(5)?;
        Ok(ticker.counts()?.refused as usize)
    })?
    .number()
}
// ANCHOR_END: another_user

/// Where the integer stands in a siginfo: after `si_pid` and `si_uid`, as
/// include/uapi/asm-generic/siginfo.h has it.
const VALUE: usize = match usize::BITS {
    64 => 24,
    _ => 20,
};

// ANCHOR: forge
/// A child that sends us a signal with whatever code it likes, by rt_sigqueueinfo(2).
/// EPERM: only the kernel sends that.
pub fn forges(signal: i32, code: i32, value: i32) -> Result<()> {
    Child::start(|| {
        // SAFETY: zeros are a siginfo, and it has room for an integer there.
        let info = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            (info.si_signo, info.si_code) = (signal, code);
            (&raw mut info).byte_add(VALUE).cast::<i32>().write(value);
            info
        };
        let parent = getppid().as_raw();
        // SAFETY: the kernel reads one siginfo.
        let sent =
            unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, parent, signal, &info) };
        Errno::result(sent).map(drop)
    })?
    .wait()
}
// ANCHOR_END: forge

/// A child in a user namespace of its own that keeps its processor busy. Dropping it kills
/// it.
pub fn busy_in_a_namespace() -> Result<Child> {
    let (ready, is_ready) = pipe()?;
    let child = Child::start(|| {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        write(&is_ready, b"!")?;
        loop {
            std::hint::spin_loop();
        }
    })?;
    drop(is_ready);
    match read(&ready, &mut [0])? {
        0 => child.wait().and(Err(Errno::ECHILD)),
        _ => Ok(child),
    }
}

/// A child that has the number of one that has ended. It waits to be asked how many signals
/// it got.
pub struct Newcomer {
    pid: Pid,
    question: OwnedFd,
}

impl Newcomer {
    // ANCHOR: newcomer
    /// clone3(2) with `set_tid`: a child whose number we choose. Signals must be blocked,
    /// and stay so in the child. EEXIST: the number is taken. EPERM: you are not root.
    pub fn with_pid(pid: Pid, signal: i32) -> Result<Newcomer> {
        let (answer, question) = pipe()?;
        let number = pid.as_raw();
        let arguments = CloneArgs {
            exit_signal: libc::SIGCHLD as u64,
            set_tid: (&raw const number).addr() as u64,
            set_tid_size: 1,
            ..CloneArgs::default()
        };
        // SAFETY: without CLONE_VM this is a fork(2): the child goes on with a copy of our
        // memory.
        let child =
            unsafe { libc::syscall(libc::SYS_clone3, &arguments, size_of_val(&arguments)) };
        if Errno::result(child)? == 0 {
            drop(question);
            let asked = read(&answer, &mut [0]).map(drop);
            let taken = asked.and_then(|()| waiting::take_pending(&[signal]));
            exit(taken.map(|signals| signals.len() as i32));
        }
        Ok(Newcomer { pid, question })
    }
    // ANCHOR_END: newcomer

    /// How many of the signals it has got by now.
    pub fn ask(self) -> Result<i32> {
        write(&self.question, b"?")?;
        wait(self.pid)
    }
}

/// `struct clone_args` of <linux/sched.h>, which is the same for 32-bit and 64-bit programs.
/// The crate libc has it for the latter only. 0 asks for nothing special.
#[repr(C, align(8))]
#[derive(Default)]
struct CloneArgs {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Ends a child without the ceremonies that belong to its parent.
fn exit(result: Result<i32>) -> ! {
    // SAFETY: _exit(2) does not return and touches nothing.
    unsafe { libc::_exit(result.unwrap_or(-1)) }
}

fn wait(child: Pid) -> Result<i32> {
    match waitpid(child, None)? {
        WaitStatus::Exited(_, code) if code < 128 => Ok(code),
        _ => Err(Errno::ECHILD),
    }
}
