//! The widely copied pair: a writer and a reader that share a segment and a number.

use crate::{
    memory::Memory,
    sysv::{Attached, Segment},
};
use nix::{Result, libc};
use std::sync::atomic::Ordering::Relaxed;

/// The key that is in both programs, and in everybody's copy of them.
pub const KEY: i32 = 12345;

/// The size that is in both programs, in bytes.
pub const SIZE: usize = 1024;

// ANCHOR: writer
/// Writes a message, with something `between` its halves.
pub fn writer(message: &[u8; 16], between: impl FnOnce()) -> Result<()> {
    let memory = Segment::get(KEY, SIZE, libc::IPC_CREAT | 0o666)?.attach()?;
    let (first, second) = words(message);
    memory.word(0).store(first, Relaxed);
    between();
    memory.word(1).store(second, Relaxed);
    Ok(())
}
// ANCHOR_END: writer

// ANCHOR: reader
/// Reads whatever is there, and removes the segment.
pub fn reader() -> Result<String> {
    let segment = Segment::get(KEY, SIZE, 0o666)?;
    let message = message(&segment.attach()?);
    segment.remove()?;
    Ok(message)
}
// ANCHOR_END: reader

/// The sixteen bytes that a message has.
pub fn message(memory: &Attached) -> String {
    let words = [0, 1].map(|n| memory.word(n).load(Relaxed).to_le_bytes());
    String::from_utf8_lossy(words.as_flattened()).into_owned()
}

/// A message as two words.
fn words(message: &[u8; 16]) -> (u64, u64) {
    let word = |from| {
        let bytes = message[from..].iter().take(8);
        bytes.rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
    };
    (word(0), word(8))
}
