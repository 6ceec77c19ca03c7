//! Adding up 64 KiB of mapped words, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_mmap::{
    buffer::{BUFFER_SIZE, Buffer},
    cost::sum_mapped,
};
use lesson::compare::repeat;
use std::hint::black_box;

fn main() -> Result<()> {
    let buffer = Buffer::open().context("open the buffer")?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map it")?;
    repeat(|| {
        black_box(sum_mapped(&mapping));
        Ok(())
    })
}
