//! Hardships for guests, to see that nothing depends on the speed of the machine: `ci/sweep.sh` runs all there is under
//! each of them.

use crate::{report::verdict::Mistake, vm::emulator::pace::Pace};
use anyhow::{Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    env,
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long a slowed emulator runs at a time.
const RUNS: Duration = Duration::from_millis(10);

/// `$CROSSINGS_THREADS`: how many threads emulate a clone's processors, 1 or 2. 2 if it is not set.
pub fn threads() -> Result<u32> {
    number("CROSSINGS_THREADS", 1, 2).map(|threads| threads.unwrap_or(2))
}

/// `$CROSSINGS_SLOWDOWN`: by how much an emulator is slowed down, if it is set.
pub fn slowdown() -> Result<Option<u32>> {
    number("CROSSINGS_SLOWDOWN", 2, 100)
}

/// Slows an emulator down as `$CROSSINGS_SLOWDOWN` says: with 10 it runs a tenth of the time. Its clocks go on meanwhile,
/// as they do on a machine that has others to attend to.
pub fn slow_down(emulator: u32, pace: &Pace) -> Result<Option<Brake>> {
    Ok(slowdown()?.map(|factor| Brake::start(emulator, RUNS * (factor - 1), pace.clone())))
}

/// What stops an emulator again and again, until it is released or dropped.
pub struct Brake {
    release: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Brake {
    fn start(emulator: u32, holds: Duration, pace: Pace) -> Self {
        let (release, released) = mpsc::channel();
        let process = Pid::from_raw(emulator as i32);
        let thread = thread::spawn(move || {
            while released.recv_timeout(RUNS) == Err(RecvTimeoutError::Timeout) {
                let stopped = Instant::now();
                let _ = kill(process, Signal::SIGSTOP);
                let over = released.recv_timeout(holds) != Err(RecvTimeoutError::Timeout);
                let _ = kill(process, Signal::SIGCONT);
                pace.held(stopped.elapsed());
                if over {
                    break;
                }
            }
        });
        Brake { release: Some(release), thread: Some(thread) }
    }
}

impl Drop for Brake {
    /// Lets the emulator run. Nobody signals it any more when this returns, so that its pid may be given to another.
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A variable that holds a number in a range.
fn number(name: &str, least: u32, most: u32) -> Result<Option<u32>> {
    let Ok(text) = env::var(name) else { return Ok(None) };
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => bail!(Mistake(format!("{name}={text} is not a number from {least} to {most}"))),
    }
}
