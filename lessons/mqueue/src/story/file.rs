//! The part of the story in which a queue is a file.

use anyhow::{Context, Result};
use crossings_mqueue::{
    notify::{Inbox, notify},
    queue::{Queue, receive},
    status,
};
use lesson::{errno, part, show};
use nix::sys::signal::Signal::SIGUSR1;
use posixmq::PosixMq;
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::{
        fd::{FromRawFd, IntoRawFd},
        unix::fs::PermissionsExt,
    },
};

// ANCHOR: the_file
pub fn the_file() -> Result<()> {
    part("the file");
    let _inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-file", 4, 16)?;
    println!("empty:      {}", status::line(&queue)?);
    notify(&queue, SIGUSR1, 0)?;
    println!("registered: {}", status::line(&queue)?);
    queue.send(0, b"hello")?;
    queue.send(0, b"world")?;
    println!("2 messages: {}", status::line(&queue)?);
    println!("messages after that: {}", queue.attributes()?.current_messages);
    Ok(())
}
// ANCHOR_END: the_file

// ANCHOR: by_path
pub fn by_path() -> Result<()> {
    part("by path");
    let queues = fs::read_dir(status::MOUNT).context("list the queues")?;
    println!("queues: {}", queues.count());
    let queue = Queue::create("/crossings-by-path", 4, 16)?;
    queue.send(0, b"hello")?;
    let path = status::path(queue.name());
    println!("cat: {}", words(&fs::read_to_string(&path).context("read its file")?));
    let metadata = fs::metadata(&path).context("look at its file")?;
    let mode = metadata.permissions().mode() & 0o777;
    println!("mode: {mode:o}, length: {}", metadata.len());
    let mut file = OpenOptions::new().write(true).open(&path).context("open its file")?;
    show("write to it", errno(file.write(b"world")));

    let file = File::open(&path).context("open its file")?;
    // SAFETY: the descriptor is open, and nobody else closes it.
    let opened = unsafe { PosixMq::from_raw_fd(file.into_raw_fd()) };
    show("mq_receive from what open(2) returned", receive(&opened));
    fs::remove_file(&path).context("remove its file")?;
    show("mq_open after rm", Queue::existing(queue.name()).map(|_| "open"));
    File::create(&path).context("create a file")?;
    let created = Queue::existing(queue.name()).context("open it")?.attributes()?;
    println!("touch made a queue: {} of {}", created.capacity, created.max_msg_len);
    Ok(())
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
// ANCHOR_END: by_path
