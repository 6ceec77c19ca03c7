//! The parts of the story.

pub mod copied;
pub mod inside;
pub mod limits;
pub mod names;
pub mod removal;
pub mod sealed;
pub mod sharing;
pub mod sizes;

use anyhow::{Context, Result};
use crossings_shm::{
    posix,
    sysv::{self, Segment},
};

/// The POSIX object of the story.
pub const NAME: &str = "/crossings-shm";

/// The key of the story: made of this program's own file, which nobody else would use.
pub fn key() -> Result<i32> {
    let path = std::env::current_exe().context("find the program's own file")?;
    sysv::ftok(&path, 1).context("make a key of the program's own file")
}

/// Removes what an earlier run has left behind because it was killed.
pub fn remove_leftovers() -> Result<()> {
    let left = Segment::get(key()?, 0, 0).and_then(Segment::remove);
    // Usually there is nothing.
    let _ = (left, posix::unlink(NAME));
    Ok(())
}
