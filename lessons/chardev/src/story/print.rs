//! How the story prints.

use anyhow::{Context, Result};
use crossings_chardev::{TUBE, open_both};
use nix::{fcntl::OFlag, poll::PollFlags};
use std::fs::File;

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
