//! A thread that makes one call, which may wait.

use crate::{Result, bail, is_asleep, is_asleep_in, stay, until};
use nix::{
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
    },
    unistd::{Pid, gettid},
};
use std::{
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::Duration,
};

/// How long it may take to return, or to go to sleep.
const PATIENCE: Duration = Duration::from_secs(1);

/// Such a thread. It never ends: one that has ended must not be signalled, and has no files in /proc.
pub struct Caller<T> {
    /// Its number.
    pub task: Pid,
    thread: Pthread,
    /// What the call returns, when it does.
    pub returned: Receiver<T>,
}

/// Where a caller has come to.
pub enum Halt<T> {
    /// Its call has returned this.
    Returned(T),
    /// It sleeps in its call.
    Asleep,
}

impl<T: Send + 'static> Caller<T> {
    /// Has a thread make the call. What the call owns is dropped before it is known what it has returned.
    pub fn start(call: impl FnOnce() -> T + Send + 'static) -> Result<Self> {
        let (name, names) = mpsc::channel();
        let (returns, returned) = mpsc::channel();
        thread::spawn(move || {
            let _ = name.send((gettid(), pthread_self()));
            let _ = returns.send(call());
            stay();
        });
        let (task, thread) = names.recv()?;
        Ok(Caller { task, thread, returned })
    }

    /// Waits until the call has returned, or sleeps in the system call `number`. None: it does neither.
    pub fn halt(&self, number: libc::c_long) -> Result<Option<Halt<T>>> {
        self.halt_where(|| is_asleep_in(self.task, number))
    }

    /// The same, in whichever system call it sleeps.
    pub fn halt_anywhere(&self) -> Result<Option<Halt<T>>> {
        self.halt_where(|| is_asleep(self.task))
    }

    fn halt_where(&self, asleep: impl Fn() -> Result<bool>) -> Result<Option<Halt<T>>> {
        until(PATIENCE, || match self.returned.try_recv() {
            Ok(returned) => Ok(Some(Halt::Returned(returned))),
            Err(TryRecvError::Disconnected) => bail!("it has panicked"),
            Err(TryRecvError::Empty) => Ok(asleep()?.then_some(Halt::Asleep)),
        })
    }

    /// Sends it a signal: pthread_kill(3).
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(pthread_kill(self.thread, signal)?)
    }
}
