//! What a name is, and what becomes of it.

use anyhow::{Context, Result};
use crossings_semaphores::named::{self, Named};
use lesson::{part, show};
use std::{ffi::CStr, fs};

// ANCHOR: names
pub fn names() -> Result<()> {
    part("names");
    let name: &CStr = c"/crossings-names";
    let first = Named::create(name, 0o600, 3).context("make a semaphore")?;
    let second = Named::open_or_create(name, 0o600, 9).context("open it")?;
    show("made with 3, opened with 9", second.value());
    let file = fs::read(named::file(name)).context("read its file")?;
    println!("its file has {} bytes, and begins with {:?}", file.len(), &file[..4]);

    named::unlink(name).context("unlink it")?;
    println!("after unlink the file exists: {}", named::file(name).exists());
    let third = Named::open_or_create(name, 0o600, 9).context("make another")?;
    first.post()?;
    show("the one that had the name", second.value());
    show("the one that has it now", third.value());
    named::unlink(name).context("unlink the other")?;
    Ok(())
}
// ANCHOR_END: names
