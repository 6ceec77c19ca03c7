//! Events that name what happened.

use super::observer::{Observer, names};
use anyhow::{Context, Result};
use crossings_fanotify::{child::stranger, event, group, mount::Mount};
use lesson::{errno, part, user};
use nix::{
    sys::fanotify::{MarkFlags, MaskFlags},
    unistd::Uid,
};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Acts as an ordinary user, whoever we are.
pub fn as_anybody(act: impl FnOnce() -> Result<()>) -> Result<()> {
    if Uid::effective().is_root() {
        user::as_ordinary_user(act).context("become an ordinary user")?
    } else {
        act()
    }
}

/// Another process creates a file.
fn create_in_a_child(path: &Path) -> io::Result<()> {
    let child = stranger(c"creator", || errno(File::create(path)).map(drop))?;
    Ok(child.wait()?)
}

// ANCHOR: one_directory
pub fn one_directory() -> Result<()> {
    part("one directory");
    as_anybody(|| {
        let folder = tempfile::tempdir().context("make a folder for temporary files")?;
        let path = |name: &str| folder.path().join(name);
        let mut observer = Observer::new()?;
        let events = names() | MaskFlags::FAN_MODIFY | MaskFlags::FAN_EVENT_ON_CHILD;
        observer.directory("dir", folder.path(), events)?;
        let mut file = observer.tell("create notes", || File::create(path("notes")))?;
        observer.tell("write to it", || file.write_all(b"hello"))?;
        observer.tell("rename it to old", || fs::rename(path("notes"), path("old")))?;
        observer.tell("create notes again", || File::create(path("notes")).map(drop))?;
        observer.tell("create theirs, from another process", || {
            create_in_a_child(&path("theirs"))
        })?;
        observer.tell("mkdir sub", || fs::create_dir(path("sub")))?;
        observer.tell("create sub/inner", || File::create(path("sub/inner")).map(drop))?;
        observer
            .tell("rename old to sub/old", || fs::rename(path("old"), path("sub/old")))?;
        observer.tell("unlink notes", || fs::remove_file(path("notes")))
    })
}
// ANCHOR_END: one_directory

// ANCHOR: a_file_system
pub fn a_file_system() -> Result<()> {
    part("a file system");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let root = mount.path().to_owned();
    let path = |name: &str| root.join(name);
    let mut observer = Observer::new()?;
    observer.file_system(mount, names())?;
    observer.tell("mkdir a a/b a/b/c", || fs::create_dir_all(path("a/b/c")))?;
    observer.tell("create a/b/c/f", || File::create(path("a/b/c/f")).map(drop))?;
    observer.tell("rename it to a/g", || fs::rename(path("a/b/c/f"), path("a/g")))?;
    observer.tell("create and remove x", || {
        File::create(path("x"))?;
        fs::remove_file(path("x"))
    })?;
    observer.tell("create theirs, from another process", || {
        create_in_a_child(&path("theirs"))
    })?;
    observer.tell("remove a", || fs::remove_dir_all(path("a")))
}
// ANCHOR_END: a_file_system

pub fn the_bytes() -> Result<()> {
    part("the bytes");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let group = group::listen(group::NAMES).context("make a group")?;
    group::mark(&group, MarkFlags::FAN_MARK_INODE, MaskFlags::FAN_CREATE, mount.path())?;
    File::create(mount.join("notes"))?;
    let (metadata, records) = event::lengths(&group).context("read an event")?;
    println!("metadata: {metadata} bytes");
    for (kind, length) in records {
        println!("a record of type {kind}: {length} bytes");
    }
    Ok(())
}

// ANCHOR: handles
pub fn handles() -> Result<()> {
    part("handles");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let root = mount.path().to_owned();
    let path = |name: &str| root.join(name);
    fs::create_dir_all(path("old"))?;
    fs::create_dir_all(path("gone"))?;
    let mut observer = Observer::new()?;
    observer.file_system(mount, MaskFlags::FAN_CREATE)?;
    observer.tell("create old/f, rename old to new", || {
        File::create(path("old/f"))?;
        fs::rename(path("old"), path("new"))
    })?;
    observer.tell("create gone/f, remove gone", || {
        File::create(path("gone/f"))?;
        fs::remove_dir_all(path("gone"))
    })
}
// ANCHOR_END: handles
