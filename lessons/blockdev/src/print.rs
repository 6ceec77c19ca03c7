//! How the story prints.

use anyhow::{Context, Result};
use crossings_blockdev::sys::Stat;
use std::fmt::{Debug, Display};

/// Begins a part of the output; the book shows parts by their titles.
pub fn part(title: &str) {
    println!("== {title}");
}

/// Prints what a call returned, or the name of its errno.
pub fn show<T: Display, E: Debug>(call: &str, result: std::result::Result<T, E>) {
    match result {
        Ok(value) => println!("{call}: {value}"),
        Err(errno) => println!("{call}: {errno:?}"),
    }
}

/// The head of the table that [`statistics`] prints.
pub fn statistics_header() {
    println!(
        "{:29}  {:10}  {:10}  {:10}  flushes",
        "requests of sectors", "read", "written", "discarded"
    );
}

// ANCHOR: statistics
/// Prints what `call` added to the statistics of the disk.
pub fn statistics(name: &str, call: impl FnOnce() -> nix::Result<()>) -> Result<()> {
    let before = Stat::read()?;
    call().with_context(|| name.to_owned())?;
    let Stat { read, write, discard, flushes } = Stat::read()? - before;
    println!("{name:29}  {read:10}  {write:10}  {discard:10}  {flushes}");
    Ok(())
}
// ANCHOR_END: statistics
