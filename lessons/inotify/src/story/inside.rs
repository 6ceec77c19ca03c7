//! Inotify from below: what the kernel does for it, and what it costs.

use super::observer::folder;
use anyhow::{Context, Result};
use crossings_inotify::{cost, trace::FUNCTIONS};
use inotify::{Inotify, WatchMask};
use lesson::{
    child::Child,
    errno,
    ftrace::{self, mark, marked},
    part,
};
use nix::libc::SYS_read;
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
    let watched = File::create(dir.join("file"))?;
    let other = File::create(folder.path().join("other"))?;
    let mut inotify = Inotify::init().context("make an instance")?;
    inotify.watches().add(dir, WatchMask::MODIFY).context("watch a directory")?;
    let names = ["writer", "watcher"];
    let lines = ftrace::tasks(&names, (FUNCTIONS, FUNCTIONS), &[], || {
        let write = |what: &str, mut file: &File| {
            let write = || marked(what, || errno(file.write_all(b".")));
            Child::named(c"writer", write)?.wait()
        };
        let mut read = || {
            let read = || errno(inotify.read_events_blocking(&mut [0; 32])).map(drop);
            Child::named(c"watcher", || marked("read(2)", read))
        };
        mark("nobody waits");
        write("write(2) to a file elsewhere", &other)?;
        write("write(2) to a file in the directory", &watched)?;
        write("once more", &watched)?;
        read()?.wait()?;

        mark("somebody waits");
        let watcher = read()?;
        watcher.asleep_in(SYS_read)?;
        write("write(2) to a file in the directory", &watched)?;
        Ok(watcher.wait()?)
    });
    println!("{}", lines.context("record the path")?.join("\n"));
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
