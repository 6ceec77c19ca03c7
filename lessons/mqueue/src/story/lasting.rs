//! The part of the story about what is left when a process has gone.

use anyhow::{Context, Result};
use crossings_mqueue::queue::{Queue, receive};
use lesson::{child::Child, errno, part, show};
use posixmq::OpenOptions;
use std::fs;

const NAME: &str = "/crossings-lasting";

// ANCHOR: what_survives
pub fn what_survives() -> Result<()> {
    part("what survives");
    let open = || errno(OpenOptions::readonly().open(NAME)).map(|_| "it is there");
    show("before", open());
    Child::start(leave_behind)?.wait().context("have a child leave a queue behind")?;
    show("after the process that made it has ended", open());
    let queue = Queue::existing(NAME).context("open what it left")?;
    println!("the message in it: {}", receive(&queue)?);

    queue.send(0, b"still here")?;
    queue.unlink().context("unlink it")?;
    show("after it was unlinked", open());
    show("receive, by a descriptor from before", receive(&queue));

    let systems = fs::read_to_string("/proc/filesystems")?;
    let mqueue = systems.lines().find(|line| line.ends_with("mqueue"));
    println!("/proc/filesystems: {}", mqueue.unwrap_or("nothing").replace('\t', " "));
    Ok(())
}

/// A process that makes a queue, sends, and ends.
fn leave_behind() -> nix::Result<()> {
    let queue = errno(OpenOptions::writeonly().create().open(NAME))?;
    errno(queue.send(0, b"to whom it may concern"))
}
// ANCHOR_END: what_survives
