//! The part of the story in which a queue is empty or full, and somebody waits or does not.

use super::done;
use anyhow::{Context, Result};
use crossings_mqueue::queue::{Queue, descriptor, drain, receive, receive_before};
use lesson::{child::Child, errno, part, show};
use nix::{
    libc::{SYS_mq_timedreceive, SYS_mq_timedsend},
    poll::{PollFd, PollFlags, PollTimeout, poll as poll_files},
};
use posixmq::PosixMq;
use std::time::{Duration, SystemTime};

// ANCHOR: asleep
pub fn asleep() -> Result<()> {
    part("asleep");
    let queue = Queue::create("/crossings-asleep", 2, 16)?;
    let receiver = Child::counting(|| receive(&queue).map(|message| message.bytes.len()))?;
    let place = receiver.asleep_in(SYS_mq_timedreceive).context("wait for a sleeper")?;
    println!("the queue is empty: the receiver sleeps in {place}");
    queue.send(0, b"hello")?;
    println!("a message of 5 bytes: it receives {}", receiver.number()?);

    queue.send(0, b"1")?;
    queue.send(0, b"2")?;
    let sender = Child::start(|| errno(queue.send(0, b"3")))?;
    let place = sender.asleep_in(SYS_mq_timedsend).context("wait for a sleeper")?;
    println!("the queue is full: the sender sleeps in {place}");
    println!("we receive {}", receive(&queue)?);
    sender.wait()?;
    println!("the sender is done, and the queue holds {} again", drain(&queue)?.len());
    Ok(())
}
// ANCHOR_END: asleep

// ANCHOR: full_and_empty
pub fn full_and_empty() -> Result<()> {
    part("full and empty");
    let full = Queue::create("/crossings-full", 1, 16)?;
    let empty = Queue::create("/crossings-empty", 1, 16)?;
    full.send(0, b"x")?;
    let soon = || SystemTime::now() + Duration::from_millis(1);
    show("send for a millisecond", errno(full.send_deadline(0, b"y", soon())).map(done));
    show("receive for a millisecond", receive_before(&empty, soon()));

    full.set_nonblocking(true)?;
    empty.set_nonblocking(true)?;
    show("send without blocking", errno(full.send(0, b"y")).map(done));
    show("receive without blocking", receive(&empty));
    show("both at once", receive_before(&empty, soon()));

    let past = SystemTime::UNIX_EPOCH;
    show("receive by 1970, from the full one", receive_before(&full, past));
    show(
        "send by 1970, to what was full",
        errno(full.send_deadline(0, b"y", past)).map(done),
    );
    Ok(())
}
// ANCHOR_END: full_and_empty

// ANCHOR: poll
pub fn poll() -> Result<()> {
    part("poll");
    let queue = Queue::create("/crossings-poll", 2, 16)?;
    for count in 0..=2 {
        println!("{count} of 2 messages: {}", ready(&queue)?);
        let _ = queue.send_timeout(0, b"x", Duration::ZERO);
    }
    Ok(())
}

/// poll(2): what the queue is ready for, without waiting.
fn ready(queue: &PosixMq) -> Result<String> {
    let mut files =
        [PollFd::new(descriptor(queue), PollFlags::POLLIN | PollFlags::POLLOUT)];
    poll_files(&mut files, PollTimeout::ZERO)?;
    let ready = files[0].revents().unwrap_or(PollFlags::empty());
    Ok(ready.iter_names().map(|(name, _)| name).collect::<Vec<_>>().join(" and "))
}
// ANCHOR_END: poll
