//! A thread in a call that sleeps.

use super::queue::{PATIENCE, open, put, take};
use judge::{Result, bail, ensure, receive, until};
use lesson::task;
use nix::{
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
    },
    unistd::{Pid, gettid},
};
use std::{
    fs::{self, File},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// How long a task must have slept that is not only taking naps.
pub const SOUND: Duration = Duration::from_millis(50);

/// A thread in a call that sleeps.
pub struct Sleeper {
    /// The thread's number.
    pub task: Pid,
    thread: Pthread,
    call: &'static str,
    /// What the call returns, when it does.
    pub returned: Receiver<nix::Result<(u32, String)>>,
}

impl Sleeper {
    /// In a read(2) from the empty queue.
    pub fn reader() -> Result<Self> {
        let queue = open(0)?;
        Sleeper::start(libc::SYS_read, "read(2)", "while no message waits", move || take(&queue))
    }

    /// In a write(2) to the full one.
    pub fn writer(text: &'static str) -> Result<Self> {
        let queue = open(0)?;
        let call = move || put(&queue, 0, text).map(|_| (0, text.into()));
        Sleeper::start(libc::SYS_write, "write(2)", "while 256 messages wait", call)
    }

    fn start(
        number: libc::c_long,
        call: &'static str,
        state: &str,
        act: impl FnOnce() -> nix::Result<(u32, String)> + Send + 'static,
    ) -> Result<Self> {
        let (name, names) = mpsc::channel();
        let (result, returned) = mpsc::channel();
        thread::spawn(move || {
            let _ = name.send((gettid(), pthread_self()));
            let _ = result.send(act());
            // A thread that has ended must not be signalled.
            judge::stay();
        });
        let (task, thread) = names.recv()?;
        let asleep = until(Duration::from_secs(1), || match returned.try_recv() {
            Ok(got) => bail!("a {call} without O_NONBLOCK, {state}, should sleep, and returns {got:?}"),
            Err(_) => Ok(in_call(task, number)?.then_some(())),
        })?;
        ensure!(asleep.is_some(), "a {call} without O_NONBLOCK, {state}, neither sleeps nor returns");
        Ok(Sleeper { task, thread, call, returned })
    }

    /// What the call returns, now that it can go on.
    pub fn wakes(self) -> Result<nix::Result<(u32, String)>> {
        match receive(&self.returned, PATIENCE) {
            Ok(got) => Ok(got),
            Err(_) => bail!("a {} slept; it could go on half a second ago, and it sleeps on", self.call),
        }
    }

    /// What the call returns when a signal comes.
    pub fn interrupted(self, queue: &File) -> Result<nix::Result<(u32, String)>> {
        pthread_kill(self.thread, Signal::SIGUSR1)?;
        match receive(&self.returned, PATIENCE) {
            Ok(got) => Ok(got),
            Err(_) => {
                // A sleeper that no signal can wake would keep this program from ending.
                let _ = (put(queue, 0, "end"), take(queue));
                bail!("a signal came while a {} slept, and it has not returned", self.call)
            }
        }
    }
}

/// Whether a task sleeps in this call.
fn in_call(task: Pid, number: libc::c_long) -> Result<bool> {
    let call = fs::read_to_string(format!("/proc/{task}/syscall"))?;
    let in_it = call.split_whitespace().next() == Some(&number.to_string());
    Ok(in_it && task::status(task, "State")?.starts_with(['S', 'D']))
}
