//! Has a child run `serve`, stops it at every system call, and sends signals while it sleeps, while it reloads, and at
//! the moment that is hit once in a million times: between its last instruction and the system call that sleeps.

use crate::exercise::serve;
use judge::{Context, Result, bail, ensure, traced, until, within};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    sys::{
        ptrace,
        signal::{SigSet, Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, pipe2, read, write},
};
use std::{fs, os::fd::OwnedFd, slice, time::Duration};

/// When a signal is sent.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Asleep,
    /// Right before the system call that sleeps.
    AboutToSleep,
    Reloading,
}

type Step = (When, Signal);

const RUNS: [&[Step]; 4] = [
    &[(When::Asleep, Signal::SIGHUP), (When::Asleep, Signal::SIGTERM)],
    &[(When::Asleep, Signal::SIGHUP), (When::AboutToSleep, Signal::SIGHUP), (When::AboutToSleep, Signal::SIGTERM)],
    &[(When::Asleep, Signal::SIGHUP), (When::Reloading, Signal::SIGHUP), (When::Asleep, Signal::SIGTERM)],
    &[(When::Asleep, Signal::SIGHUP), (When::Reloading, Signal::SIGTERM)],
];

/// The system calls in which a program can wait for a signal.
const SLEEPS: [libc::c_long; 11] = [
    libc::SYS_pause,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_read,
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_select,
    libc::SYS_pselect6,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
];

/// A signal that whoever calls `serve` has blocked.
const OTHER: Signal = Signal::SIGUSR2;

pub fn check() -> Result<()> {
    within(Duration::from_secs(4), "serve, which should end with a SIGTERM,", || {
        RUNS.iter().try_for_each(|run| serves(run, None))?;
        SigSet::from_iter([OTHER]).thread_block()?;
        serves(RUNS[0], Some(OTHER))
    })?
}

/// Has a child serve, to which a signal that it has blocked may have come before.
fn serves(steps: &[Step], pending: Option<Signal>) -> Result<()> {
    let (reader, writer) = pipe2(OFlag::O_NONBLOCK)?;
    let child = start(&writer)?;
    kill(child, pending)?;
    let mask = blocked(child)?;
    Server { child, reloads: reader, steps: steps.iter(), unanswered: None, call: 0, before: mask, now: mask }.follow()
}

/// A child that stops, and then serves. A reload is a byte in the pipe.
fn start(reloads: &OwnedFd) -> Result<Pid> {
    traced(|| {
        serve(|| {
            let _ = write(reloads, b"r");
        })
    })
}

/// The child, and what is still to be sent to it.
struct Server<'a> {
    child: Pid,
    reloads: OwnedFd,
    steps: slice::Iter<'a, Step>,
    /// What was sent last, if nothing has come of it yet.
    unanswered: Option<Step>,
    /// The system call that it is in.
    call: libc::c_long,
    /// The signals that it had blocked when `serve` was called, and those that it has blocked.
    before: u64,
    now: u64,
}

impl Server<'_> {
    /// Follows the child until it ends.
    fn follow(&mut self) -> Result<()> {
        let mut signal = None;
        loop {
            ptrace::syscall(self.child, signal.take())?;
            match self.next_stop()? {
                WaitStatus::PtraceSyscall(_) => {}
                WaitStatus::Stopped(_, OTHER) => {
                    bail!("whoever called serve has blocked {OTHER}, which came, and serve lets it through")
                }
                WaitStatus::Stopped(_, stopped) => {
                    signal = Some(stopped);
                    continue;
                }
                WaitStatus::Exited(_, 0) => return self.has_returned(),
                WaitStatus::Exited(_, code) => bail!("serve fails with {:?}", Errno::from_raw(code)),
                WaitStatus::Signaled(_, signal, _) => bail!("serve is ended by {signal}"),
                _ => continue,
            }
            let info = ptrace::syscall_info(self.child)?;
            if info.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
                // SAFETY: `op` says that this is the part of the union that the kernel filled in.
                let entry = unsafe { info.u.entry };
                self.call = entry.nr as libc::c_long;
                self.enters()?;
            } else {
                // SAFETY: a call that is stopped at and does not enter, leaves.
                self.leaves(unsafe { info.u.exit }.sval)?;
            }
        }
    }

    /// Where it stops next. It should sleep only if there is nothing for it to do.
    fn next_stop(&self) -> Result<WaitStatus> {
        let stop = until(Duration::from_secs(1), || match waitpid(self.child, Some(WaitPidFlag::WNOHANG))? {
            WaitStatus::StillAlive => Ok(None),
            stop => Ok(Some(stop)),
        })?;
        if let Some(stop) = stop {
            return Ok(stop);
        }
        let Some((when, signal)) = self.unanswered else { bail!("serve neither sleeps nor ends") };
        let when = match when {
            When::Asleep => "while serve slept",
            When::AboutToSleep => "when serve was about to sleep, right before the system call",
            When::Reloading => "while reload ran",
        };
        match signal {
            Signal::SIGHUP => bail!("a SIGHUP came {when}, and serve sleeps without having called reload for it"),
            signal => bail!("a {signal} came {when}, and serve sleeps instead of returning"),
        }
    }

    fn enters(&mut self) -> Result<()> {
        self.now = blocked(self.child)?;
        if [libc::SYS_nanosleep, libc::SYS_clock_nanosleep].contains(&self.call) {
            bail!("serve wakes up again and again without a signal, to look whether there was one");
        }
        if !SLEEPS.contains(&self.call) || self.unanswered.is_some() {
            return Ok(());
        }
        match self.steps.as_slice() {
            [(When::Reloading, _), ..] | [] => Ok(()),
            [(When::Asleep, _), ..] => self.step(),
            [(When::AboutToSleep, _), ..] => {
                // Back by one instruction, the one that makes the call. The signal comes before it.
                let mut registers = ptrace::getregs(self.child)?;
                registers.rip -= SYSCALL_LENGTH;
                registers.rax = registers.orig_rax;
                registers.orig_rax = NO_CALL;
                ptrace::setregs(self.child, registers)?;
                self.call = libc::c_long::MAX;
                self.step()
            }
        }
    }

    fn leaves(&mut self, result: i64) -> Result<()> {
        let looked = [libc::SYS_poll, libc::SYS_ppoll, libc::SYS_select, libc::SYS_pselect6];
        if looked.contains(&self.call) && result == 0 {
            bail!("serve wakes up again and again without a signal, to look whether there was one");
        }
        while read(&self.reloads, &mut [0]) == Ok(1) {
            match self.unanswered.take() {
                Some((_, Signal::SIGHUP)) => {}
                _ => bail!("serve calls reload, and there was no SIGHUP since it did so last"),
            }
            if let [(When::Reloading, _), ..] = self.steps.as_slice() {
                self.step()?;
            }
        }
        Ok(())
    }

    /// Sends the next signal.
    fn step(&mut self) -> Result<()> {
        self.unanswered = self.steps.next().copied();
        if let Some((_, signal)) = self.unanswered {
            kill(self.child, signal)?;
        }
        Ok(())
    }

    fn has_returned(&self) -> Result<()> {
        ensure!(matches!(self.unanswered, Some((_, Signal::SIGTERM))), "serve has returned without a SIGTERM");
        // What it had blocked when it made its last call, the one that ends it.
        let left = |signal: &Signal| (self.now & !self.before) >> (*signal as u32 - 1) & 1 == 1;
        let left: Vec<_> = Signal::iterator().filter(left).map(Signal::as_str).collect();
        ensure!(
            left.is_empty(),
            "serve has returned, and has left {} blocked: whoever called it is deaf to them from now on",
            left.join(" and ")
        );
        Ok(())
    }
}

/// The signals that a process with one thread has blocked, a bit for each; see proc_pid_status(5).
fn blocked(process: Pid) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).context("no mask in a status")?;
    Ok(u64::from_str_radix(mask.trim(), 16)?)
}

/// The bytes of the instruction that makes a system call, on this kind of processor.
const SYSCALL_LENGTH: u64 = 2;

/// A number that is no system call's: the kernel makes none.
const NO_CALL: u64 = u64::MAX;
