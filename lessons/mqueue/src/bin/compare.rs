//! Sending and receiving 64 bytes, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_mqueue::queue::Queue;
use lesson::compare::repeat;

fn main() -> Result<()> {
    let queue = Queue::create("/crossings-compare", 1, 64).context("make a queue")?;
    let mut buffer = [0; 64];
    repeat(|| {
        queue.send(0, &[0; 64]).context("mq_send")?;
        ensure!(queue.recv(&mut buffer).context("mq_receive")?.1 == 64);
        Ok(())
    })
}
