//! How the story prints.

use anyhow::{Context, Result};
use crossings_blockdev::sys::Stat;

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
