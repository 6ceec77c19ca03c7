//! A whole mount, and who does what there.

use super::observer::listener;
use anyhow::{Context, Result};
use crossings_fanotify::{child::stranger, group, mount::Mount, process};
use lesson::{errno, part};
use nix::{
    errno::Errno,
    sys::fanotify::{MarkFlags, MaskFlags},
};
use std::fs;

// ANCHOR: a_mount
pub fn a_mount() -> Result<()> {
    part("a mount");
    let mount = Mount::tmpfs().context("mount a tmpfs")?;
    fs::create_dir_all(mount.join("a/b"))?;
    for file in ["top", "a/b/deep"] {
        fs::write(mount.join(file), "hello")?;
    }
    let events = MaskFlags::FAN_OPEN | MaskFlags::FAN_MODIFY | MaskFlags::FAN_CLOSE;
    let group = listener(MarkFlags::FAN_MARK_MOUNT, events, mount.path())?;

    let (top, deep) = (mount.join("top"), mount.join("a/b/deep"));
    let reader = stranger(c"reader", || errno(fs::read(&top)).map(drop))?;
    reader.ended()?;
    let writer = stranger(c"writer", || errno(fs::write(&deep, "bye")))?;
    writer.ended()?;
    for event in group::drain(&group)? {
        let path = group::path(event.fd().ok_or(Errno::EBADF)?)?;
        println!(
            "{} by {}, pid known: {}",
            mount.inside(&path).display(),
            process::name(event.pid())?,
            [reader.pid(), writer.pid()].iter().any(|pid| pid.as_raw() == event.pid()),
        );
        println!("  {}", group::bits(event.mask()));
    }
    reader.wait()?;
    Ok(writer.wait()?)
}
// ANCHOR_END: a_mount
