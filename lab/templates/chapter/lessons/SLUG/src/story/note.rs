//! TODO What happens in this part of the story? Name the file after it.

use super::open;
use anyhow::Result;
use crossings_SLUG::NOTE_SIZE;
use lesson::{part, show};

// ANCHOR: hello
pub fn hello() -> Result<()> {
    part("hello");
    let note = open()?;
    let mut room = [0; 5];
    println!("written: {}", note.write(0, b"hello")?);
    println!("read: {}", note.read(0, &mut room)?);
    println!("it says: {}", String::from_utf8_lossy(&room));
    Ok(())
}
// ANCHOR_END: hello

// ANCHOR: past_the_end
pub fn past_the_end() -> Result<()> {
    part("past the end");
    let note = open()?;
    show("write behind the end", note.write(NOTE_SIZE, b"x"));
    show("read behind the end", note.read(NOTE_SIZE, &mut [0]));
    Ok(())
}
// ANCHOR_END: past_the_end
