//! The queue as the steps use it.

use judge::{Result, accepted, equal};
use nix::{
    errno::Errno,
    unistd::{read, write},
};
use std::{
    fs::{File, OpenOptions},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    ptr,
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

/// What is in a buffer before a read(2).
const UNTOUCHED: u8 = u8::MAX;

/// The same with room for more or less than the longest text. EBADMSG: it returns less than a priority, or more than there is room
/// for. EOVERFLOW: it has written behind the end of what it returns.
pub fn take_into(queue: &File, more: isize) -> nix::Result<(u32, String)> {
    let mut bytes = vec![UNTOUCHED; HEAD.saturating_add(TEXT).saturating_add_signed(more)];
    let length = read(queue, &mut bytes)?;
    let (got, rest) = bytes.split_at_checked(length).ok_or(Errno::EBADMSG)?;
    if rest.iter().any(|byte| *byte != UNTOUCHED) {
        return Err(Errno::EOVERFLOW);
    }
    message(got)
}

/// The same with room for the longest text, in memory that may come late. It is the caller's, and stays.
pub fn take_at(queue: &File, address: usize) -> nix::Result<(u32, String)> {
    let room = ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: nobody has a reference to that memory, and the kernel notices if it cannot be written.
    let length = Errno::result(unsafe { libc::read(queue.as_raw_fd(), room.cast(), HEAD + TEXT) })?.cast_unsigned();
    // SAFETY: the memory is the caller's, and by now it is there.
    let bytes: Vec<u8> = (0..length.min(HEAD + TEXT)).map(|at| unsafe { room.add(at).read_volatile() }).collect();
    message(&bytes)
}

fn message(bytes: &[u8]) -> nix::Result<(u32, String)> {
    let (head, text) = bytes.split_first_chunk().ok_or(Errno::EBADMSG)?;
    Ok((u32::from_ne_bytes(*head), String::from_utf8_lossy(text).into_owned()))
}

/// [`take`], which must give this message.
pub fn arrives(queue: &File, priority: u32, text: &str) -> Result<()> {
    equal("the message that a read(2) gets", take(queue), Ok((priority, text.into())))
}
