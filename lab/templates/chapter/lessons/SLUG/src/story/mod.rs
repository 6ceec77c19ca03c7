//! The parts of the story.

pub mod inside;
pub mod note;

use anyhow::{Context, Result};
use crossings_SLUG::Note;

/// Opens a note of its own.
fn open() -> Result<Note> {
    Note::open().context("open the note")
}
