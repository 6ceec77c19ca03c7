//! What the lessons share. Each of them prints in parts, many start another process, measure
//! what calls cost, have the kernel record what it does, load a faulty module, keep a call
//! waiting for its memory or act as an ordinary user, and all those with a module have a program that throws nonsense at it.

pub mod child;
pub mod compare;
pub mod cost;
pub mod ftrace;
pub mod hostile;
pub mod kmod;
pub mod knob;
pub mod page;
pub mod patience;
pub mod processor;
pub mod task;
pub mod turns;
pub mod user;

use nix::errno::Errno;
use std::{
    fmt::{Debug, Display},
    io,
};

/// Begins a part of the output; the book shows parts by their titles.
pub fn part(title: &str) {
    println!("== {title}");
}

/// Begins a line that names what a 32-bit kernel has nothing of.
pub const LACKING: &str = "not on a 32-bit kernel: ";

/// Names it, in a 32-bit program. In others there is nothing to say.
pub fn lacking(what: &str) {
    if cfg!(target_pointer_width = "32") {
        println!("{LACKING}{what}");
    }
}

/// Prints what a call returned, or the name of its errno.
pub fn show<T: Display, E: Debug>(call: &str, result: Result<T, E>) {
    match result {
        Ok(value) => println!("{call}: {value}"),
        Err(errno) => println!("{call}: {errno:?}"),
    }
}

/// The errno inside an error of std, which is also what memmap2 and posixmq return.
pub fn errno<T>(result: io::Result<T>) -> nix::Result<T> {
    result.map_err(|error| Errno::try_from(error).unwrap_or(Errno::UnknownErrno))
}
