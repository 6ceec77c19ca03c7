//! What a watch is: its number, the names that lead to it, and its flags.

use super::observer::{Observer, folder};
use anyhow::{Context, Result};
use crossings_inotify::mistake::mask_create;
use inotify::WatchMask;
use lesson::{part, show};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
};

// ANCHOR: a_removed_watch
pub fn a_removed_watch() -> Result<()> {
    part("a removed watch");
    let folder = folder()?;
    let create = |name| File::create(folder.path().join(name)).map(drop);
    let mut observer = Observer::new()?;
    let first = observer.watch("first", folder.path(), WatchMask::CREATE)?;
    create("f")?;
    observer.inotify.watches().remove(first.clone()).context("remove the watch")?;
    create("g")?;
    let second = observer.watch("second", folder.path(), WatchMask::CREATE)?;
    observer.tell("create h", || create("h"))?;
    println!("the number is the same: {}", first == second);
    Ok(())
}
// ANCHOR_END: a_removed_watch

pub fn two_names() -> Result<()> {
    part("two names");
    let folder = folder()?;
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    let mut file = File::create(&a)?;
    fs::hard_link(&a, &b)?;
    let mut observer = Observer::new()?;
    let first = observer.watch("", &a, WatchMask::MODIFY)?;
    let second = observer.watch("", &b, WatchMask::ATTRIB)?;
    println!("the second watch is the first: {}", first == second);
    observer.tell("write", || file.write_all(b"hello"))?;
    observer.watch("", &a, WatchMask::MODIFY | WatchMask::MASK_ADD)?;
    observer.tell("write, after IN_MASK_ADD", || file.write_all(b"hello"))?;
    show("watch with IN_MASK_CREATE", mask_create(&observer.inotify, &b).map(|_| "added"));
    Ok(())
}

// ANCHOR: flags
pub fn flags() -> Result<()> {
    part("flags");
    let folder = folder()?;
    let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
    fs::write(&file, "")?;
    let write = || fs::write(&file, "hello");

    let mut once = Observer::of(&file, WatchMask::CLOSE_WRITE | WatchMask::ONESHOT)?;
    once.tell("IN_ONESHOT, a write", write)?;
    once.tell("IN_ONESHOT, another", write)?;

    symlink(&file, &link)?;
    let mut followed = Observer::of(&link, WatchMask::CLOSE_WRITE)?;
    let mut itself = Observer::of(&link, WatchMask::CLOSE_WRITE | WatchMask::DONT_FOLLOW)?;
    followed.tell("a link, a write", write)?;
    itself.tell("IN_DONT_FOLLOW, the same write", || Ok(()))?;

    let mut open = File::create(&file)?;
    let mut every = Observer::of(folder.path(), WatchMask::MODIFY)?;
    let mut named =
        Observer::of(folder.path(), WatchMask::MODIFY | WatchMask::EXCL_UNLINK)?;
    fs::remove_file(&file)?;
    every.tell("after unlink, a write", || open.write_all(b"hello"))?;
    named.tell("IN_EXCL_UNLINK, the same write", || Ok(()))
}
// ANCHOR_END: flags
