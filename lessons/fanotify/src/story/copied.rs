//! The widely copied watcher, and what it does not say.

use anyhow::{Context, Result};
use crossings_fanotify::{copied::Copied, mount::Mount};
use lesson::{knob::Knob, part};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

// ANCHOR: copied
pub fn copied() -> Result<()> {
    part("the copied watcher");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    fs::create_dir(mount.join("tmp"))?;
    File::create(mount.join("elsewhere"))?;
    let copied = Copied::watch(&mount.join("tmp")).context("watch")?;
    let file = mount.join("tmp/f");
    let tell = |what: &str, act: &dyn Fn() -> io::Result<()>| -> Result<()> {
        act().with_context(|| what.to_owned())?;
        let lines = copied.lines()?;
        println!(
            "{what}: {}",
            if lines.is_empty() { "-".into() } else { lines.join(", ") }
        );
        Ok(())
    };
    tell("create tmp/f and close it", &|| File::create(&file).map(drop))?;
    tell("open it, close it, open it, close it", &|| {
        File::open(&file)?;
        File::open(&file).map(drop)
    })?;
    tell("rename it", &|| fs::rename(&file, mount.join("tmp/g")))?;
    tell("remove it", &|| fs::remove_file(mount.join("tmp/g")))?;
    tell("mkdir tmp/dir", &|| fs::create_dir(mount.join("tmp/dir")))?;
    tell("list tmp", &|| fs::read_dir(mount.join("tmp")).map(drop))?;
    tell("open elsewhere and close it", &|| File::open(mount.join("elsewhere")).map(drop))
}
// ANCHOR_END: copied

// ANCHOR: overflow
pub fn overflow() -> Result<()> {
    part("the copied watcher, behind");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    let limit = Knob::turned("/proc/sys/fs/fanotify/max_queued_events", "2")
        .context("set max_queued_events")?;
    let copied = Copied::watch(mount.path()).context("watch")?;
    drop(limit);
    for n in 0..5 {
        File::create(mount.join(&n.to_string()))?;
    }
    println!("create five files: {}", copied.lines()?.join(", "));
    Ok(())
}
// ANCHOR_END: overflow

// ANCHOR: itself
pub fn itself() -> Result<()> {
    part("the copied watcher, with a log");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    File::create(mount.join("f"))?;
    let copied = Copied::watch(mount.path()).context("watch")?;
    File::open(mount.join("f"))?;
    for round in 1..=4 {
        let lines = copied.lines()?;
        println!("round {round}: {}", lines.join(", "));
        log(&mount.join("log"), &lines)?;
    }
    Ok(())
}

fn log(path: &Path, lines: &[&str]) -> io::Result<()> {
    let mut log = File::options().append(true).create(true).open(path)?;
    lines.iter().try_for_each(|line| writeln!(log, "{line}"))
}
// ANCHOR_END: itself
