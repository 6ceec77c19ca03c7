//! A signal to ourselves, and `sigtimedwait`, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_signals::{real_time, set::Blocked, waiting::sigtimedwait};
use lesson::compare::repeat;
use nix::{errno::Errno, libc, unistd::getpid};
use std::{hint::black_box, time::Duration};

fn main() -> Result<()> {
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal]).context("block the signal")?;
    repeat(|| {
        // SAFETY: to ourselves, a signal that is blocked.
        Errno::result(unsafe { libc::kill(getpid().as_raw(), signal) }).context("kill")?;
        black_box(sigtimedwait(&[signal], Duration::ZERO).context("sigtimedwait")?);
        Ok(())
    })
}
