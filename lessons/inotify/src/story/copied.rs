//! The widely copied watcher.

use super::observer::{folder, watches};
use anyhow::{Context, Result};
use crossings_inotify::copied::Copied;
use lesson::{knob::Knob, part};
use std::{fs, path::Path};

/// Does something, and prints what the copied watcher says to that.
fn tell(
    copied: &mut Copied,
    what: &str,
    act: impl FnOnce() -> std::io::Result<()>,
) -> Result<()> {
    act().with_context(|| what.to_owned())?;
    let lines = copied.lines().context("read the events")?;
    println!("{what}: {}", if lines.is_empty() { "-".into() } else { lines.join(", ") });
    Ok(())
}

pub fn copied() -> Result<()> {
    part("the copied watcher");
    let folder = folder()?;
    let dir = folder.path().join("dir");
    let other = folder.path().join("other");
    fs::create_dir(&dir)?;
    fs::write(&other, "")?;
    let mut copied = Copied::watch(&dir).context("watch the directory")?;
    tell(&mut copied, "create a", || fs::write(dir.join("a"), ""))?;
    tell(&mut copied, "rename a to b", || fs::rename(dir.join("a"), dir.join("b")))?;
    tell(&mut copied, "rename other to dir/c", || fs::rename(&other, dir.join("c")))?;
    tell(&mut copied, "remove dir and make it anew", || again(&dir))?;
    tell(&mut copied, "create d", || fs::write(dir.join("d"), ""))?;
    println!("watches left: {}", watches(&copied.inotify)?);
    Ok(())
}

fn again(dir: &Path) -> std::io::Result<()> {
    fs::remove_file(dir.join("b"))?;
    fs::remove_file(dir.join("c"))?;
    fs::remove_dir(dir)?;
    fs::create_dir(dir)
}

pub fn overflow() -> Result<()> {
    part("the copied watcher, behind");
    let folder = folder()?;
    let _limit = Knob::turned("/proc/sys/fs/inotify/max_queued_events", "4")
        .context("set max_queued_events")?;
    let mut copied = Copied::watch(folder.path()).context("watch the directory")?;
    let names = ["f1", "f2", "f3"].map(|name| folder.path().join(name));
    tell(&mut copied, "create three, remove them again", || {
        names.iter().try_for_each(|path| fs::write(path, ""))?;
        names.iter().try_for_each(fs::remove_file)
    })?;
    println!("files in the directory: {}", fs::read_dir(folder.path())?.count());
    Ok(())
}
