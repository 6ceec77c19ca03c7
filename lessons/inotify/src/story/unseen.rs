//! What is told less often than it happens, and what is not told at all.

use super::observer::{Observer, folder};
use anyhow::Result;
use crossings_inotify::mapped;
use inotify::WatchMask;
use lesson::part;
use std::{
    fs::{self, File},
    io::Write,
};

pub fn merged() -> Result<()> {
    part("merged");
    let folder = folder()?;
    let mut a = File::create(folder.path().join("a"))?;
    let mut b = File::create(folder.path().join("b"))?;
    let mut observer = Observer::of(folder.path(), WatchMask::MODIFY)?;
    observer.tell("a a a a a", || (0..5).try_for_each(|_| a.write_all(b".")))?;
    observer.tell("a a b b a a", || {
        a.write_all(b".").and_then(|()| a.write_all(b"."))?;
        b.write_all(b".").and_then(|()| b.write_all(b"."))?;
        a.write_all(b".").and_then(|()| a.write_all(b"."))
    })
}

// ANCHOR: another_name
pub fn another_name() -> Result<()> {
    part("another name");
    let folder = folder()?;
    let [here, there] = ["here", "there"].map(|name| folder.path().join(name));
    fs::create_dir(&here)?;
    fs::create_dir(&there)?;
    fs::write(here.join("a"), "")?;
    fs::hard_link(here.join("a"), there.join("b"))?;
    let mut observer = Observer::new()?;
    observer.watch("dir", &here, WatchMask::MODIFY)?;
    observer.tell("write to here/a", || fs::write(here.join("a"), "1"))?;
    observer.tell("write to there/b", || fs::write(there.join("b"), "2"))?;
    println!("here/a contains: {}", fs::read_to_string(here.join("a"))?);
    observer.watch("file", &here.join("a"), WatchMask::MODIFY)?;
    observer.tell("write to there/b", || fs::write(there.join("b"), "3"))
}
// ANCHOR_END: another_name

// ANCHOR: an_open_file
pub fn an_open_file() -> Result<()> {
    part("an open file");
    let folder = folder()?;
    let [here, there] = ["here", "there"].map(|name| folder.path().join(name));
    fs::create_dir(&here)?;
    fs::create_dir(&there)?;
    let mut file = File::create(here.join("a"))?;
    fs::rename(here.join("a"), there.join("x"))?;
    let mut observer = Observer::new()?;
    observer.watch("here", &here, WatchMask::MODIFY)?;
    observer.watch("there", &there, WatchMask::MODIFY)?;
    observer.tell("write to what was opened as here/a", || file.write_all(b"1"))
}
// ANCHOR_END: an_open_file

// ANCHOR: memory
pub fn memory() -> Result<()> {
    part("memory");
    let folder = folder()?;
    let path = folder.path().join("a");
    fs::write(&path, "old")?;
    let mut observer = Observer::of(folder.path(), WatchMask::ALL_EVENTS)?;
    let (file, mut memory) = observer.tell("open and mmap", || Ok(mapped::open(&path)?))?;
    observer.tell("close", || {
        drop(file);
        Ok(())
    })?;
    observer.tell("write to the memory", || {
        memory.copy_from_slice(b"new");
        Ok(())
    })?;
    observer.tell("msync", || memory.flush())?;
    observer.tell("munmap", || {
        drop(memory);
        Ok(())
    })?;
    println!("the file contains: {}", fs::read_to_string(&path)?);
    Ok(())
}
// ANCHOR_END: memory

// ANCHOR: the_kernel_itself
pub fn the_kernel_itself() -> Result<()> {
    part("the kernel itself");
    let uptime = "/proc/uptime";
    let mut observer =
        Observer::of(uptime.as_ref(), WatchMask::MODIFY | WatchMask::ATTRIB)?;
    let before = fs::read_to_string(uptime)?;
    observer.tell("wait until its contents are others", || {
        while fs::read_to_string(uptime)? == before {}
        Ok(())
    })
}
// ANCHOR_END: the_kernel_itself
