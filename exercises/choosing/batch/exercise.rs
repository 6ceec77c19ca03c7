//! Messages through a pipe, which itself knows only bytes: each goes behind its length.

use nix::{Result, errno::Errno, unistd::write};
use std::os::fd::AsFd;

/// Sends the messages, each as its length, four bytes with the lowest first, and then its bytes. When this returns, the
/// pipe has all of it. A signal in the middle is no failure; any other errno is, and is returned.
pub fn send(pipe: impl AsFd, messages: &[&[u8]]) -> Result<()> {
    for message in messages {
        write_all(&pipe, &(message.len() as u32).to_le_bytes())?;
        write_all(&pipe, message)?;
    }
    Ok(())
}

fn write_all(pipe: impl AsFd, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        match write(&pipe, bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
