//! `write` and `read` of 64 bytes, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use lesson::compare::repeat;
use nix::{fcntl::OFlag, unistd::write};

fn main() -> Result<()> {
    let (reader, writer) =
        crossings_chardev::open_both(OFlag::empty()).context("open the tube")?;
    let mut back = [0; 64];
    repeat(|| {
        ensure!(write(&writer, &[0; 64]).context("write")? == 64);
        ensure!(crossings_chardev::read(&reader, &mut back).context("read")?.len() == 64);
        Ok(())
    })
}
