//! Inotify from below: what the kernel does for it, and what it costs.

use super::observer::folder;
use anyhow::{Context, Result};
use crossings_inotify::{cost, mistake::small_read, trace};
use inotify::{Inotify, WatchMask};
use lesson::{
    ftrace::{self, mark},
    part,
};
use std::{
    fs::{self, File},
    io::Write,
};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let folder = folder()?;
    let dir = folder.path().join("dir");
    fs::create_dir(&dir)?;
    let mut watched = File::create(dir.join("file"))?;
    let mut other = File::create(folder.path().join("other"))?;
    let mut inotify = Inotify::init().context("make an instance")?;
    inotify.watches().add(dir, WatchMask::MODIFY).context("watch a directory")?;
    let lines = ftrace::graph(trace::FUNCTIONS, || {
        mark("write to a file elsewhere");
        let _ = other.write_all(b".");
        mark("write to a file in the directory");
        let _ = watched.write_all(b".");
        mark("write once more");
        let _ = watched.write_all(b".");
        mark("read the event");
        let _ = small_read(&mut inotify, 32);
    });
    lines.context("record the path")?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
// ANCHOR_END: the_path

pub fn the_cost() -> Result<()> {
    part("the cost");
    let folder = folder()?;
    let costs = cost::costs(folder.path()).context("measure")?;
    lesson::cost::table(&[
        ("a write, and nobody watches", costs.unwatched),
        ("a write, and an equal event waits", costs.merged),
        ("a write, its event, and reading that", costs.told),
        ("a read that finds nothing", costs.empty),
        (&format!("stat(2) of {} files", cost::FILES), costs.stat),
    ]);
    Ok(())
}
