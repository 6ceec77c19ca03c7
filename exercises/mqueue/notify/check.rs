//! Has a child run `serve`, stops it at every system call, and sends messages at moments that a hurried sender finds only
//! now and then: while it waits, when it has just found the queue empty, when it has just registered.

use crate::exercise::serve;
use judge::{Result, bail, ensure, equal, rests, traced, until, within};
use nix::{
    errno::Errno,
    sys::{
        ptrace,
        signal::{SigEvent, SigevNotify, Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{Pid, pipe, read, write},
};
use posixmq::{OpenOptions, PosixMq, remove_queue};
use std::{
    fs,
    ops::ControlFlow,
    os::fd::{AsRawFd, BorrowedFd, OwnedFd},
    slice,
    time::Duration,
};

const NAME: &str = "/exercise";

/// At which moment a message is sent.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Waiting,
    /// After a receive that has found nothing.
    Empty,
    Registered,
}

/// Messages of one letter that are sent one right after the other, and in words when that was.
type Step = (When, &'static [u8], &'static str);

const ONE_BY_ONE: [Step; 6] = [
    (When::Waiting, b"a", "it came while serve waited"),
    (When::Waiting, b"b", "it came while serve waited"),
    (When::Waiting, b"cd", "it came right after another"),
    (When::Empty, b"e", "it came when a receive had just found the queue empty"),
    (When::Registered, b"f", "it came right after mq_notify(3)"),
    (When::Waiting, b".", "it came while serve waited"),
];

const LEFT_OVER: [Step; 1] = [(When::Waiting, b".", "it came while serve waited")];

pub fn check() -> Result<()> {
    let what = "serve, which should sleep while the queue is empty and end with the last message,";
    within(Duration::from_secs(4), what, || {
        serves(b"", &ONE_BY_ONE)?;
        serves(b"xy", &LEFT_OVER)?;
        sleeps()?;
        somebody_else_is_told()
    })?
}

/// Has a child serve a queue that holds some messages already.
fn serves(before: &[u8], steps: &[Step]) -> Result<()> {
    let queue = queue()?;
    send(&queue, before)?;
    let (reader, writer) = pipe()?;
    let child = start(&queue, &writer)?;
    drop(writer);
    let mut server = Server { child, queue, steps: steps.iter(), oldest: "it was there before serve began" };
    server.follow()?;

    let (mut taken, expected) =
        ([0; 64], [before, &steps.iter().flat_map(|step| step.1).copied().collect::<Vec<_>>()].concat());
    let length = read(&reader, &mut taken)?;
    let [taken, expected] = [&taken[..length], &expected].map(String::from_utf8_lossy);
    equal("what serve has handed to take", taken, expected)
}

/// That a child that serves an empty queue sleeps, and is not even woken.
fn sleeps() -> Result<()> {
    let queue = queue()?;
    let (_reader, writer) = pipe()?;
    let child = start(&queue, &writer)?;
    ptrace::detach(child, None)?;
    let rests = rests(child, Duration::from_millis(100))?;
    kill(child, Signal::SIGKILL)?;
    waitpid(child, None)?;
    ensure!(rests, "the queue is empty, and serve does not sleep: it looks again and again");
    Ok(())
}

/// The signal goes to one process. Who is not that one must not wait for it.
fn somebody_else_is_told() -> Result<()> {
    let queue = queue()?;
    let event = SigEvent::new(SigevNotify::SigevNone).sigevent();
    // SAFETY: the kernel reads one sigevent, and for this one it calls nothing of ours.
    Errno::result(unsafe { libc::syscall(libc::SYS_mq_notify, queue.as_raw_fd(), &raw const event) })?;
    let (_reader, writer) = pipe()?;
    let child = start(&queue, &writer)?;
    ptrace::detach(child, None)?;
    let ended = until(Duration::from_millis(500), || match waitpid(child, Some(WaitPidFlag::WNOHANG))? {
        WaitStatus::StillAlive => Ok(None),
        ended => Ok(Some(ended)),
    })?;
    let Some(ended) = ended else {
        kill(child, Signal::SIGKILL)?;
        waitpid(child, None)?;
        bail!(
            "another process is registered with the queue, and serve does not fail: it waits for a signal that goes to that one"
        );
    };
    ensure!(
        ended == WaitStatus::Exited(child, Errno::EBUSY as i32),
        "another process is registered with the queue: serve should fail with EBUSY, and does not"
    );
    Ok(())
}

/// A new queue for messages of one letter, which nobody else can find.
fn queue() -> Result<PosixMq> {
    let _ = remove_queue(NAME);
    let queue = OpenOptions::readwrite().nonblocking().create_new().capacity(8).max_msg_len(1).open(NAME)?;
    remove_queue(NAME)?;
    Ok(queue)
}

fn send(queue: &PosixMq, letters: &[u8]) -> Result<()> {
    for letter in letters {
        queue.send(0, &[*letter])?;
    }
    Ok(())
}

/// A child that stops, and then serves. What it takes goes into the pipe.
fn start(queue: &PosixMq, taken: &OwnedFd) -> Result<Pid> {
    traced(|| {
        serve(queue, |message: &[u8]| {
            let _ = write(taken, message);
            if message == b"." { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    })
}

/// The child, and what is still to be sent to it.
struct Server<'a> {
    child: Pid,
    queue: PosixMq,
    steps: slice::Iter<'a, Step>,
    /// When the message was sent that has been waiting for longest.
    oldest: &'static str,
}

impl Server<'_> {
    /// Follows the child until it ends.
    fn follow(&mut self) -> Result<()> {
        let (mut signal, mut inside) = (None, 0);
        loop {
            ptrace::syscall(self.child, signal.take())?;
            match waitpid(self.child, None)? {
                WaitStatus::PtraceSyscall(_) => {}
                WaitStatus::Stopped(_, stopped) => {
                    signal = Some(stopped);
                    continue;
                }
                WaitStatus::Exited(_, 0) => return Ok(()),
                WaitStatus::Exited(_, code) => bail!("serve fails with {:?}", Errno::from_raw(code)),
                WaitStatus::Signaled(_, signal, _) => bail!("serve is ended by {signal}"),
                _ => continue,
            }
            let info = ptrace::syscall_info(self.child)?;
            if info.op == libc::PTRACE_SYSCALL_INFO_ENTRY {
                // SAFETY: `op` says that this is the part of the union that the kernel filled in.
                inside = unsafe { info.u.entry }.nr as libc::c_long;
                self.enters(inside)?;
            } else {
                // SAFETY: a call that is stopped at and does not enter, leaves.
                self.leaves(inside, unsafe { info.u.exit }.sval)?;
            }
        }
    }

    fn enters(&mut self, call: libc::c_long) -> Result<()> {
        let waits_for_signals =
            [libc::SYS_rt_sigtimedwait, libc::SYS_rt_sigsuspend, libc::SYS_pause, libc::SYS_read].contains(&call);
        let waits = waits_for_signals || [libc::SYS_poll, libc::SYS_ppoll, libc::SYS_epoll_wait].contains(&call);
        if !waits {
            return Ok(());
        }
        if self.waiting()? == 0 {
            self.step()?;
        }
        if waits_for_signals && self.waiting()? > 0 && !self.has_signal()? {
            let state = match self.is_registered()? {
                true => "registered for a message that comes to an empty queue, which this one is not",
                false => "not registered",
            };
            bail!(
                "a message lies in the queue, and serve waits for a signal that will not come: {}, and serve is {state}",
                self.oldest
            );
        }
        Ok(())
    }

    fn leaves(&mut self, call: libc::c_long, result: i64) -> Result<()> {
        let when = match (call, result) {
            (libc::SYS_mq_timedreceive, ..0) => When::Empty,
            (libc::SYS_mq_notify, 0) => When::Registered,
            _ => return Ok(()),
        };
        match self.steps.as_slice() {
            [next, ..] if next.0 == when => self.step(),
            _ => Ok(()),
        }
    }

    fn step(&mut self) -> Result<()> {
        if let Some((_, letters, when)) = self.steps.next() {
            if self.waiting()? == 0 {
                self.oldest = when;
            }
            send(&self.queue, letters)?;
        }
        Ok(())
    }

    /// How many messages wait.
    fn waiting(&self) -> Result<usize> {
        Ok(self.queue.attributes()?.current_messages)
    }

    /// Whether a signal is pending for the child; see proc_pid_status(5).
    fn has_signal(&self) -> Result<bool> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child))?;
        let pending = status.lines().filter_map(|line| line.split_once("Pnd:"));
        Ok(pending.map(|(_, mask)| mask.trim()).any(|mask| mask.bytes().any(|digit| digit != b'0')))
    }

    /// Whether somebody is registered with the queue; see mq_overview(7).
    fn is_registered(&self) -> Result<bool> {
        // SAFETY: it stays open as long as the queue is borrowed.
        let queue = unsafe { BorrowedFd::borrow_raw(self.queue.as_raw_fd()) };
        let mut line = [0; 128];
        let length = read(queue, &mut line)?;
        let line = String::from_utf8_lossy(&line[..length]);
        ensure!(line.contains("NOTIFY_PID:"), "the queue's file holds something unexpected: {line}");
        Ok(!line.trim().ends_with("NOTIFY_PID:0"))
    }
}
