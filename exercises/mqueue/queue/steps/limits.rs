//! Step 2: what is too short, too long, too high, too many or nowhere is refused, and changes nothing.

use super::queue::{HEAD, MESSAGES, PRIORITIES, TEXT, arrives, open, put, send, take, take_into};
use judge::{Result, accepted, bail, refused};
use nix::{errno::Errno, unistd::write};
use std::{fs::File, os::fd::AsRawFd, ptr};

/// The step.
pub fn limits() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    for length in 0..HEAD {
        let call = format!("a write(2) of {length} bytes, which is no whole priority,");
        refused(&call, write(&queue, &[0; HEAD][..length]), Errno::EINVAL)?;
    }
    let (longest, too_long) = ("x".repeat(TEXT), "x".repeat(TEXT + 1));
    send(&queue, 0, &longest)?;
    arrives(&queue, 0, &longest)?;
    refused("a write(2) of a text of 4001 bytes", put(&queue, 0, &too_long), Errno::EMSGSIZE)?;
    refused("a write(2) of a megabyte", write(&queue, &vec![0; 1 << 20]), Errno::EMSGSIZE)?;
    send(&queue, PRIORITIES - 1, "highest")?;
    arrives(&queue, PRIORITIES - 1, "highest")?;
    for priority in [PRIORITIES, 1 << 31, u32::MAX] {
        refused(&format!("a write(2) of priority {priority}"), put(&queue, priority, "too high"), Errno::EINVAL)?;
    }
    refused("a read(2) after writes that were refused", take(&queue), Errno::EAGAIN)?;

    refused("a read(2) with room for a text of 3999 bytes, while none waits,", take_into(&queue, -1), Errno::EMSGSIZE)?;
    send(&queue, 3, "short")?;
    refused("a read(2) with room for a text of 3999 bytes", take_into(&queue, -1), Errno::EMSGSIZE)?;
    still_there(&queue, 3, "short", "a read(2) was refused with EMSGSIZE")?;
    bad_pointers(&queue)?;

    for number in 0..MESSAGES {
        let call = format!("a write(2) while {number} messages wait");
        accepted(&call, put(&queue, 0, &number.to_string()))?;
    }
    refused("a write(2) with O_NONBLOCK while 256 messages wait", put(&queue, 0, "more"), Errno::EAGAIN)?;
    refused("a write(2) of a text of 4001 bytes while 256 messages wait", put(&queue, 0, &too_long), Errno::EMSGSIZE)?;
    (0..MESSAGES).try_for_each(|number| arrives(&queue, 0, &number.to_string()))
}

fn bad_pointers(queue: &File) -> Result<()> {
    send(queue, 4, "kept")?;
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    let got = unsafe { libc::read(queue.as_raw_fd(), ptr::null_mut(), HEAD + TEXT) };
    refused("a read(2) to a null pointer", Errno::result(got), Errno::EFAULT)?;
    still_there(queue, 4, "kept", "a read(2) failed with EFAULT")?;
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nothing to read.
    let sent = unsafe { libc::write(queue.as_raw_fd(), ptr::null(), HEAD + 10) };
    refused("a write(2) from a null pointer", Errno::result(sent), Errno::EFAULT)?;
    refused("a read(2) after a write(2) that failed with EFAULT", take(queue), Errno::EAGAIN)
}

fn still_there(queue: &File, priority: u32, text: &str, refusal: &str) -> Result<()> {
    match take(queue) {
        Ok(got) if got == (priority, text.into()) => Ok(()),
        got => bail!("{refusal}, and the message does not wait any more: the next read(2) gets {got:?}"),
    }
}
