//! Filling a buffer from a file that may give its bytes in pieces.

use nix::{Result, unistd::read};
use std::os::fd::AsFd;

/// Fills `room`, and returns how many bytes there were: fewer than fit only if the file ends there.
pub fn fill(file: impl AsFd, room: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match read(&file, &mut room[filled..])? {
            0 => break,
            length => filled += length,
        }
    }
    Ok(filled)
}
