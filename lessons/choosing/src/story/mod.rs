//! The parts of the story.

pub mod inside;
pub mod ways;

use anyhow::{Context, Result};
use crossings_choosing::{Crossing, WAYS, Way};

/// The way that is called so.
fn way(name: &str) -> Result<&'static Way> {
    WAYS.iter().find(|way| way.name == name).with_context(|| format!("there is no {name}"))
}

/// Makes a way ready.
fn open(way: &Way) -> Result<Box<dyn Crossing>> {
    (way.open)().with_context(|| format!("make {} ready", way.name))
}
