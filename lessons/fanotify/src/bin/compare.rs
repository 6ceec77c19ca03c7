//! Opening a marked file, and the event, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_fanotify::{event, group};
use lesson::compare::repeat;
use nix::sys::fanotify::{InitFlags, MarkFlags, MaskFlags};
use std::fs::File;
use tempfile::NamedTempFile;

fn main() -> Result<()> {
    let file = NamedTempFile::new().context("make a file")?;
    let group = group::listen(InitFlags::FAN_CLASS_NOTIF).context("make a group")?;
    group::mark(&group, MarkFlags::empty(), MaskFlags::FAN_OPEN, file.path())
        .context("mark the file")?;
    repeat(|| {
        drop(File::open(file.path()).context("open it")?);
        ensure!(event::drain(&group).context("read the event")?.len() == 1);
        Ok(())
    })
}
