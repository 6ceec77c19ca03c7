//! How the kernel calls a program: signals, and what replaces them.
//!
//! The companion module `kmods/signals` makes `/dev/crossings_signals`, a ticker that tells
//! of its ticks in every way there is. [`ticker`] is the device; [`set`], [`handler`] and
//! [`waiting`] are the three ways to receive a signal that it sends; [`sigio`] is the
//! oldest way to ask for one; [`child`] and [`pids`] show what becomes of a recipient that
//! ends; [`mistake`] holds the calls that fail, [`copied`] is the driver that signals a
//! number, and [`cost`] and [`trace`] look at how it works.
//!
//! Every function returns the kernel's errno as it came. nix knows no real-time signals, so
//! a signal is a plain number here, and the few calls that take one go to libc.

pub mod child;
pub mod copied;
pub mod cost;
pub mod handler;
pub mod mistake;
pub mod pids;
pub mod set;
pub mod sigio;
pub mod ticker;
pub mod trace;
pub mod waiting;

use nix::libc;

/// The `n`th real-time signal. The C library keeps the first two of the kernel's for
/// itself.
pub fn real_time(n: i32) -> i32 {
    libc::SIGRTMIN() + n
}

/// The name of a signal that the lesson uses.
pub fn name(signal: i32) -> String {
    match signal {
        libc::SIGUSR1 => "SIGUSR1".into(),
        libc::SIGIO => "SIGIO".into(),
        _ => format!("SIGRTMIN+{}", signal - libc::SIGRTMIN()),
    }
}
