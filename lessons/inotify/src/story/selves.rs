//! What happens to that which is watched itself.

use super::observer::{Observer, folder, watches};
use anyhow::{Context, Result};
use inotify::WatchMask;
use lesson::part;
use nix::mount::{MsFlags, mount, umount};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

/// What happens to names and to what they stand for, without the opening and closing.
fn coming_and_going() -> WatchMask {
    WatchMask::CREATE
        | WatchMask::DELETE
        | WatchMask::MOVE
        | WatchMask::ATTRIB
        | WatchMask::DELETE_SELF
        | WatchMask::MOVE_SELF
        | WatchMask::MODIFY
}

// ANCHOR: a_file
pub fn a_file() -> Result<()> {
    part("a file");
    let folder = folder()?;
    let [a, b, other] = ["a", "b", "other"].map(|name| folder.path().join(name));
    let mut file = File::create(&a)?;
    let mut observer = Observer::new()?;
    observer.watch("dir", folder.path(), coming_and_going())?;
    observer.watch("file", &a, coming_and_going())?;

    observer.tell("write", || file.write_all(b"hello"))?;
    observer.tell("rename a to b", || fs::rename(&a, &b))?;
    observer.tell("link b to other", || fs::hard_link(&b, &other))?;
    observer.tell("unlink other", || fs::remove_file(&other))?;
    observer.tell("unlink b, which is open", || fs::remove_file(&b))?;
    observer.tell("close it", || {
        drop(file);
        Ok(())
    })?;
    println!("watches left: {}", watches(&observer.inotify)?);
    Ok(())
}
// ANCHOR_END: a_file

pub fn a_directory() -> Result<()> {
    part("a directory");
    let folder = folder()?;
    let [old, new] = ["old", "new"].map(|name| folder.path().join(name));
    fs::create_dir(&old)?;
    let mut observer = Observer::of(&old, coming_and_going())?;
    observer.tell("rename it", || fs::rename(&old, &new))?;
    observer.tell("create a file in it", || File::create(new.join("f")).map(drop))?;
    observer.tell("remove it all", || fs::remove_dir_all(&new))?;

    let wd = observer.watch("", folder.path(), coming_and_going())?;
    let mut watches = observer.inotify.watches();
    observer.tell("remove the watch", || watches.remove(wd))?;
    observer.tell("create a file", || File::create(folder.path().join("f")).map(drop))
}

// ANCHOR: an_editor_saves
/// Many programs save so that nobody ever sees half a file: they write a new one, and
/// rename it to the old name.
fn save(path: &Path, text: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(&new, path)
}

pub fn an_editor_saves() -> Result<()> {
    part("an editor saves");
    let folder = folder()?;
    let config = folder.path().join("config");
    fs::write(&config, "1")?;
    let mut file = Observer::of(&config, coming_and_going())?;
    let mut dir =
        Observer::of(folder.path(), WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO)?;
    for text in ["2", "3"] {
        file.tell("watching the file", || save(&config, text))?;
        dir.tell("watching the directory", || Ok(()))?;
    }
    Ok(())
}
// ANCHOR_END: an_editor_saves

/// A tmpfs. Dropping it unmounts it.
struct Mounted<'a>(&'a Path);

impl Mounted<'_> {
    fn new(dir: &Path) -> Result<Mounted<'_>> {
        let none = None::<&Path>;
        mount(Some("tmpfs"), dir, Some("tmpfs"), MsFlags::empty(), none)
            .with_context(|| format!("mount a tmpfs on {}", dir.display()))?;
        Ok(Mounted(dir))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // The folder is then still there in the end, which says enough.
        let _ = umount(self.0);
    }
}

// ANCHOR: unmounted
pub fn unmounted() -> Result<()> {
    part("unmounted");
    let folder = folder()?;
    let file = folder.path().join("f");
    let mut below = Observer::of(folder.path(), coming_and_going())?;
    let mounted = below.tell("[below] mount", || {
        Mounted::new(folder.path()).map_err(std::io::Error::other)
    })?;
    below.tell("[below] create a file", || File::create(&file).map(drop))?;

    let mut inside = Observer::of(folder.path(), coming_and_going())?;
    inside.tell("[inside] unmount", || {
        drop(mounted);
        Ok(())
    })?;
    below.tell("[below] unmount", || Ok(()))?;
    below.tell("[below] create a file", || File::create(&file).map(drop))
}
// ANCHOR_END: unmounted
