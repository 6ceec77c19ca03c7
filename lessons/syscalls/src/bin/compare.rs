//! `write` of 5 bytes to `/dev/null`, by the instruction, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_syscalls::ways;
use lesson::compare::repeat;
use std::fs::File;

fn main() -> Result<()> {
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    repeat(|| {
        ensure!(ways::by_instruction(&null, b"hello") == 5);
        Ok(())
    })
}
