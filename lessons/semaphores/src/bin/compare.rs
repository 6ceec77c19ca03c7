//! A turn at the counter: `open`, `close`, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_semaphores::counter::Counter;
use lesson::compare::repeat;

fn main() -> Result<()> {
    repeat(|| Counter::open().map(drop).context("open the counter"))
}
