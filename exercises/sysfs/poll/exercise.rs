//! Waiting until an attribute says what somebody hopes for; see poll(2).

use nix::{
    Result,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::read,
};
use std::os::fd::AsFd;

/// Sleeps until `attribute` has this line, and returns at once if it has it already. The file is open to read, and may
/// have been read from before.
pub fn wait_for(attribute: impl AsFd, line: &str) -> Result<()> {
    let mut text = [0; 4096];
    loop {
        poll(&mut [PollFd::new(attribute.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE)?;
        let length = read(&attribute, &mut text)?;
        if has_line(&text[..length], line) {
            return Ok(());
        }
    }
}

fn has_line(text: &[u8], line: &str) -> bool {
    text.split(|byte| *byte == b'\n').any(|found| found == line.as_bytes())
}
