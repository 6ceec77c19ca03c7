//! The widely copied pair of programs, as two functions for two processes.

use lesson::errno;
use nix::Result;
use posixmq::OpenOptions;

/// The name that both have agreed upon.
pub const NAME: &str = "/crossings-copied";

/// The size of the buffers in both programs.
const MAX_SIZE: usize = 1024;

// ANCHOR: sender
/// Makes the queue if there is none, with whatever size is the default, and sends.
pub fn sender(messages: usize) -> Result<usize> {
    let queue = errno(OpenOptions::writeonly().create().mode(0o644).open(NAME))?;
    for _ in 0..messages {
        errno(queue.send(0, b"hello\0"))?;
    }
    Ok(messages)
}
// ANCHOR_END: sender

// ANCHOR: receiver
/// Expects the queue to be there, and a message to fit into a buffer of the program's own
/// choice. Returns the length of one message.
pub fn receiver() -> Result<usize> {
    let queue = errno(OpenOptions::readonly().open(NAME))?;
    let mut buffer = [0; MAX_SIZE];
    errno(queue.recv(&mut buffer)).map(|(_, length)| length)
}
// ANCHOR_END: receiver
