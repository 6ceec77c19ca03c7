//! A file comes and goes in a watched directory, and two events, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use inotify::{Inotify, WatchMask};
use lesson::compare::repeat;
use std::fs::{self, File};

fn main() -> Result<()> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let path = folder.path().join("notes");
    let mut inotify = Inotify::init().context("make an instance")?;
    let events = WatchMask::CREATE | WatchMask::DELETE;
    inotify.watches().add(folder.path(), events).context("watch the folder")?;
    repeat(|| {
        drop(File::create_new(&path).context("create a file")?);
        fs::remove_file(&path).context("remove it")?;
        let events = crossings_inotify::event::drain(&mut inotify);
        ensure!(events.context("read the events")?.len() == 2);
        Ok(())
    })
}
