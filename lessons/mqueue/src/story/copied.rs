//! The part of the story in which the widely copied programs fail.

use anyhow::{Context, Result};
use crossings_mqueue::{
    copied::{NAME, receiver, sender},
    queue::{Queue, drain},
};
use lesson::{child::Child, part, show};
use nix::libc::SYS_mq_timedsend;
use posixmq::remove_queue;

// ANCHOR: the_copied_programs
pub fn the_copied_programs() -> Result<()> {
    part("the copied programs");
    let _ = remove_queue(NAME);
    let run = |program: fn() -> nix::Result<usize>| Child::counting(program)?.number();
    show("the receiver first", run(receiver));
    show("the sender, one message", run(|| sender(1)));
    show("the receiver again", run(receiver));
    let child = Child::counting(|| sender(100))?;
    child.asleep_in(SYS_mq_timedsend).context("wait for a sleeper")?;
    let queue = Queue::existing(NAME)?;
    let attributes = queue.attributes()?;
    println!("100 messages more: the sender sleeps");
    println!("messages: {} of {}", attributes.current_messages, attributes.capacity);
    println!("the receiver has room for 1024 bytes, not for {}", attributes.max_msg_len);
    drop(child);
    println!("the sender was killed, and left {} messages", drain(&queue)?.len());
    Ok(())
}
// ANCHOR_END: the_copied_programs
