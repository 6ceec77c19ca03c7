//! What happens in a watched directory.

use super::observer::{Observer, folder};
use anyhow::Result;
use crossings_inotify::{
    event,
    mistake::small_read,
    rename::{self, Change, Place},
};
use inotify::WatchMask;
use lesson::part;
use std::{
    fs::{self, File, Permissions},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
};

// ANCHOR: one_directory
pub fn one_directory() -> Result<()> {
    part("one directory");
    let folder = folder()?;
    let notes = folder.path().join("notes");
    let sub = folder.path().join("sub");
    let mut observer = Observer::of(folder.path(), WatchMask::ALL_EVENTS)?;

    let mut file = observer.tell("create notes", || File::create(&notes))?;
    observer.tell("write 5 bytes", || file.write_all(b"hello"))?;
    observer.tell("close it", || {
        drop(file);
        Ok(())
    })?;
    let mut file = observer.tell("open it to read", || File::open(&notes))?;
    observer.tell("read", || file.read(&mut [0; 100]))?;
    observer.tell("close it", || {
        drop(file);
        Ok(())
    })?;
    observer
        .tell("chmod", || fs::set_permissions(&notes, Permissions::from_mode(0o600)))?;
    observer.tell("mkdir sub", || fs::create_dir(&sub))?;
    observer.tell("create sub/inner", || File::create(sub.join("inner")).map(drop))?;
    observer.tell("list the directory", || Ok(fs::read_dir(folder.path())?.count()))?;
    observer.tell("unlink notes", || fs::remove_file(&notes))?;
    observer.tell("unlink sub/inner", || fs::remove_file(sub.join("inner")))?;
    observer.tell("rmdir sub", || fs::remove_dir(&sub))
}
// ANCHOR_END: one_directory

pub fn renames() -> Result<()> {
    part("renames");
    let folder = folder()?;
    let [one, two, out] = ["one", "two", "out"].map(|name| folder.path().join(name));
    for dir in [&one, &two, &out] {
        fs::create_dir(dir)?;
    }
    fs::write(one.join("a"), "")?;
    fs::write(out.join("new"), "")?;
    let mut observer = Observer::new()?;
    observer.watch("one", &one, WatchMask::MOVE)?;
    observer.watch("two", &two, WatchMask::MOVE)?;

    observer.tell("one/a to one/b", || fs::rename(one.join("a"), one.join("b")))?;
    observer.tell("one/b to two/c", || fs::rename(one.join("b"), two.join("c")))?;
    observer.tell("two/c to out/c", || fs::rename(two.join("c"), out.join("c")))?;
    observer.tell("out/new to one/new", || fs::rename(out.join("new"), one.join("new")))
}

pub fn pairs() -> Result<()> {
    part("pairs");
    let folder = folder()?;
    let [one, two, out] = ["one", "two", "out"].map(|name| folder.path().join(name));
    for dir in [&one, &two, &out] {
        fs::create_dir(dir)?;
    }
    for file in [one.join("a"), one.join("b"), out.join("c")] {
        fs::write(file, "")?;
    }
    let mut observer = Observer::new()?;
    observer.watch("one", &one, WatchMask::MOVE)?;
    observer.watch("two", &two, WatchMask::MOVE)?;

    fs::rename(one.join("a"), two.join("a"))?;
    fs::rename(one.join("b"), out.join("b"))?;
    fs::rename(out.join("c"), one.join("c"))?;
    let events = event::drain(&mut observer.inotify)?;
    rename::pair(&events).iter().for_each(|change| say(&observer, change));
    Ok(())
}

fn say(observer: &Observer, change: &Change) {
    let at =
        |place: &Place| format!("{}/{}", observer.label(&place.wd), place.name.display());
    match change {
        Change::Renamed(from, to) => println!("{} became {}", at(from), at(to)),
        Change::Left(from) => println!("{} left", at(from)),
        Change::Arrived(to) => println!("{} arrived", at(to)),
    }
}

// ANCHOR: half_a_pair
pub fn half_a_pair() -> Result<()> {
    part("half a pair");
    let folder = folder()?;
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    fs::write(&a, "")?;
    let mut observer = Observer::new()?;
    observer.watch("one", folder.path(), WatchMask::MOVE)?;
    fs::rename(a, b)?;
    // Room for one event with a short name.
    let first = small_read(&mut observer.inotify, 32)?;
    let second = small_read(&mut observer.inotify, 32)?;
    for events in [&first[..], &second, &[first.clone(), second.clone()].concat()] {
        println!("{}", observer.show(events));
        rename::pair(events).iter().for_each(|change| say(&observer, change));
    }
    Ok(())
}
// ANCHOR_END: half_a_pair
