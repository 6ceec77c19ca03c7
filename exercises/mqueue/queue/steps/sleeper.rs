//! A thread in a call that sleeps.

use super::queue::{PATIENCE, open, put, take};
use judge::{
    Result, bail,
    caller::{Caller, Halt},
    receive,
};
use nix::sys::signal::Signal;
use std::{fs::File, time::Duration};

/// How long a task must have slept that is not only taking naps.
pub const SOUND: Duration = Duration::from_millis(50);

/// A thread in a call that sleeps.
pub struct Sleeper {
    /// The thread.
    pub caller: Caller<nix::Result<(u32, String)>>,
    call: &'static str,
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
        let caller = Caller::start(act)?;
        match caller.halt(number)? {
            Some(Halt::Asleep) => Ok(Sleeper { caller, call }),
            Some(Halt::Returned(got)) => {
                bail!("a {call} without O_NONBLOCK, {state}, should sleep, and returns {got:?}")
            }
            None => bail!("a {call} without O_NONBLOCK, {state}, neither sleeps nor returns"),
        }
    }

    /// What the call returns, now that it can go on.
    pub fn wakes(self) -> Result<nix::Result<(u32, String)>> {
        match receive(&self.caller.returned, PATIENCE) {
            Ok(got) => Ok(got),
            Err(_) => bail!("a {} slept; it could go on half a second ago, and it sleeps on", self.call),
        }
    }

    /// What the call returns when a signal comes.
    pub fn interrupted(self, queue: &File) -> Result<nix::Result<(u32, String)>> {
        self.caller.signal(Signal::SIGUSR1)?;
        match receive(&self.caller.returned, PATIENCE) {
            Ok(got) => Ok(got),
            Err(_) => {
                // A sleeper that no signal can wake would keep this program from ending.
                let _ = (put(queue, 0, "end"), take(queue));
                bail!("a signal came while a {} slept, and it has not returned", self.call)
            }
        }
    }
}
