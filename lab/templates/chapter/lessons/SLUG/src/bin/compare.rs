//! Reading five bytes, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result};
use crossings_SLUG::Note;
use lesson::compare::repeat;

fn main() -> Result<()> {
    let note = Note::open().context("open the note")?;
    repeat(|| {
        note.read(0, &mut [0; 5]).context("pread")?;
        Ok(())
    })
}
