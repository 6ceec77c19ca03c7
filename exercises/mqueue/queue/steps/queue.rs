//! The queue as the steps use it.

use judge::{Result, accepted, equal};
use nix::{
    errno::Errno,
    unistd::{read, write},
};
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    time::Duration,
};

/// How many messages may wait.
pub const MESSAGES: usize = 256;

/// The first priority that is too high.
pub const PRIORITIES: u32 = 32;

/// The bytes of the longest text.
pub const TEXT: usize = 4000;

/// The bytes of a priority.
pub const HEAD: usize = size_of::<u32>();

/// How long who sleeps may take to wake up.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// open(2) with these flags besides.
pub fn open(flags: i32) -> Result<File> {
    let mut options = OpenOptions::new();
    accepted("open /dev/exercise", options.read(true).write(true).custom_flags(flags).open("/dev/exercise"))
}

/// write(2) of a message.
pub fn put(queue: &File, priority: u32, text: &str) -> nix::Result<usize> {
    write(queue, &[&priority.to_ne_bytes(), text.as_bytes()].concat())
}

/// [`put`], which must succeed.
pub fn send(queue: &File, priority: u32, text: &str) -> Result<()> {
    let call =
        format!("what a write(2) of a message with priority {priority} and a text of {} bytes returns", text.len());
    equal(&call, put(queue, priority, text), Ok(HEAD + text.len()))
}

/// Has as many messages wait as may.
pub fn fill(queue: &File) -> Result<()> {
    (0..MESSAGES).try_for_each(|number| send(queue, 0, &number.to_string()))
}

/// read(2) of a message.
pub fn take(queue: &File) -> nix::Result<(u32, String)> {
    take_into(queue, 0)
}

/// The same with room for more or less than the longest text.
pub fn take_into(queue: &File, more: isize) -> nix::Result<(u32, String)> {
    let mut bytes = vec![0; HEAD.saturating_add(TEXT).saturating_add_signed(more)];
    let length = read(queue, &mut bytes)?;
    let (head, text) = bytes.get(..length).and_then(<[u8]>::split_first_chunk).ok_or(Errno::EBADMSG)?;
    Ok((u32::from_ne_bytes(*head), String::from_utf8_lossy(text).into_owned()))
}

/// [`take`], which must give this message.
pub fn arrives(queue: &File, priority: u32, text: &str) -> Result<()> {
    equal("the message that a read(2) gets", take(queue), Ok((priority, text.into())))
}
