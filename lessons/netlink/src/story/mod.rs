//! The parts of the story.

pub mod copied;
pub mod gauges;
pub mod inside;
pub mod listeners;
pub mod messages;
mod print;
pub mod refused;

use anyhow::{Context, Result};
use crossings_netlink::{FAMILY, gauges::Gauges};

/// Finds the family of our module.
fn connect() -> Result<Gauges> {
    Gauges::connect().with_context(|| format!("find the family \"{FAMILY}\""))
}
