//! Step 1: messages arrive whole and in order, whoever has the queue open.

use super::queue::{HEAD, TEXT, arrives, open, send, take};
use judge::{Result, ensure, equal, refused};
use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous},
};
use std::{num::NonZeroUsize, os::fd::AsRawFd};

/// The step.
pub fn messages() -> Result<()> {
    in_order_for_all()?;
    side_by_side()?;
    through_untouched_memory()
}

fn in_order_for_all() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    for text in ["one", "", "and three"] {
        send(&queue, 0, text)?;
    }
    arrives(&queue, 0, "one")?;
    send(&queue, 0, "four")?;
    let other = open(libc::O_NONBLOCK)?;
    arrives(&other, 0, "")?;
    drop((queue, other));
    let later = open(libc::O_NONBLOCK)?;
    arrives(&later, 0, "and three")?;
    arrives(&later, 0, "four")?;
    refused("a read(2) with O_NONBLOCK, while no message waits,", take(&later), Errno::EAGAIN)?;
    send(&later, 7, "with priority 7")?;
    arrives(&later, 7, "with priority 7")
}

/// A message with a text of 32 bytes has 64, for which `kmalloc` gives just as much, and one with a text of 33 has 65, for which
/// it gives 96, and for one less 64. So whoever copies too much, or asks for too little, writes into the next one.
fn side_by_side() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let text = |number: usize| format!("{number:0length$}", length = 32 + number % 2);
    (0..200).try_for_each(|number| send(&queue, 0, &text(number)))?;
    (0..200).try_for_each(|number| arrives(&queue, 0, &text(number)))
}

/// Anonymous memory that nobody has touched has no page yet. The kernel fetches one when it copies, and for that it may have
/// to sleep; where it must not sleep, the copy fails.
fn through_untouched_memory() -> Result<()> {
    const LENGTH: NonZeroUsize = NonZeroUsize::new(HEAD + TEXT).expect("not 0");
    let queue = open(libc::O_NONBLOCK)?;
    let untouched = || {
        // SAFETY: a new mapping, which overlaps nothing. It is never unmapped.
        unsafe { mmap_anonymous(None, LENGTH, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_PRIVATE) }
    };
    let zeros = untouched()?;
    // SAFETY: five bytes of text behind a priority, all inside the mapping.
    let sent = unsafe { libc::write(queue.as_raw_fd(), zeros.as_ptr(), HEAD + 5) };
    copied("a write(2) of a message that lies in", Errno::result(sent))?;
    let room = untouched()?;
    // SAFETY: the mapping has room for the largest message, and nobody has a reference to it.
    let got = unsafe { libc::read(queue.as_raw_fd(), room.as_ptr(), LENGTH.get()) };
    copied("a read(2) into", Errno::result(got))?;
    send(&queue, 0, "after it")?;
    arrives(&queue, 0, "after it")
}

fn copied(call: &str, result: nix::Result<isize>) -> Result<()> {
    ensure!(
        result != Err(Errno::EFAULT),
        "{call} memory that the program has not touched yet fails with EFAULT: a copy may have to sleep, and with a \
         spinlock held it cannot"
    );
    equal(&format!("what {call} memory that the program has not touched yet returns"), result, Ok(HEAD as isize + 5))
}
