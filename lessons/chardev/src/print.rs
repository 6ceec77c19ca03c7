//! How the story prints.

use anyhow::{Context, Result};
use crossings_chardev::{TUBE, open_both};
use nix::{errno::Errno, fcntl::OFlag, poll::PollFlags};
use std::{fmt::Display, fs::File};

/// Begins a part of the output; the book shows parts by their titles.
pub fn part(title: &str) {
    println!("== {title}");
}

/// Prints what a call returned, or the name of its errno.
pub fn show<T: Display>(call: &str, result: std::result::Result<T, Errno>) {
    match result {
        Ok(value) => println!("{call}: {value}"),
        Err(errno) => println!("{call}: {errno:?}"),
    }
}

/// Bytes as a string in quotes.
pub fn text(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(bytes))
}

/// The events that poll(2) reported, by name.
pub fn names(events: PollFlags) -> String {
    let names: Vec<_> = events.iter_names().map(|(name, _)| name).collect();
    if names.is_empty() { "-".into() } else { names.join(" ") }
}

/// Opens both ends of the tube.
pub fn both(flags: OFlag) -> Result<(File, File)> {
    open_both(flags).with_context(|| format!("open {TUBE}"))
}
