//! Reading the brightness as text, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_sysfs::Attribute;
use lesson::compare::repeat;

fn main() -> Result<()> {
    let mut brightness = Attribute::of_lamp("brightness").context("open the brightness")?;
    repeat(|| {
        ensure!(!brightness.value().context("pread")?.is_empty());
        Ok(())
    })
}
