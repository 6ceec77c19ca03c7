//! The parts of the story.

pub mod copied;
pub mod crashed;
pub mod inside;
pub mod names;
pub mod permits;
pub mod race;
pub mod refused;
pub mod turns;
pub mod waiting;

use anyhow::{Context, Result};
use crossings_semaphores::{handler, unnamed::Unnamed};
use nix::sys::signal::SaFlags;

/// What the handler posts, whenever it runs. It lives as long as the program, as handlers
/// do.
fn runs() -> Result<&'static Unnamed> {
    Ok(Box::leak(Box::new(Unnamed::new(0).context("make a semaphore")?)))
}

/// Handles SIGUSR1 with SA_RESTART or without.
fn handle(restart: bool, runs: &'static Unnamed) -> nix::Result<()> {
    handler::handle(if restart { SaFlags::SA_RESTART } else { SaFlags::empty() }, runs)
}
