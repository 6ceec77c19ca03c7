//! Responses that need not be given twice: ignore masks.

use anyhow::{Context, Result};
use crossings_fanotify::{child::stranger, group, mount::Mount, permission::respond};
use lesson::{child::Child, errno, part};
use nix::sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags, Response};
use std::{fs::File, io::Write, path::Path, thread, time::Duration};

// ANCHOR: lasts
pub fn a_verdict_that_lasts() -> Result<()> {
    part("a verdict that lasts");
    for survives in [MarkFlags::empty(), MarkFlags::FAN_MARK_IGNORED_SURV_MODIFY] {
        let mount = Mount::tmpfs().context("mount a tmpfs")?;
        let path = mount.join("program");
        let mut file = File::create(&path)?;
        file.write_all(b"good")?;
        drop(file);
        let group = group::listen(InitFlags::FAN_CLASS_CONTENT)?;
        let open = MaskFlags::FAN_OPEN_PERM;
        group::mark(&group, MarkFlags::FAN_MARK_MOUNT, open, mount.path())?;
        println!(
            "{}:",
            if survives.is_empty() { "an ignore mask" } else { "one that survives" }
        );
        println!("  permission events at an open: {}", requests(&group, &path)?);
        group::mark(&group, MarkFlags::FAN_MARK_IGNORED_MASK | survives, open, &path)?;
        println!("  with the mask: {}", requests(&group, &path)?);
        write(&group, &path)?;
        println!("  after a write: {}", requests(&group, &path)?);
    }
    Ok(())
}
// ANCHOR_END: lasts

/// How many permission events there are while somebody opens the file and closes it again.
fn requests(group: &Fanotify, path: &Path) -> Result<usize> {
    allow(group, stranger(c"opener", || errno(File::open(path)).map(drop))?)
}

/// Somebody writes to the file.
fn write(group: &Fanotify, path: &Path) -> Result<()> {
    let write = || {
        errno(File::options().write(true).open(path).and_then(|mut f| f.write_all(b"evil")))
    };
    allow(group, stranger(c"writer", write)?).map(drop)
}

/// Allows every request until the child has ended. Returns how much that was.
fn allow(group: &Fanotify, mut child: Child) -> Result<usize> {
    let mut count = 0;
    loop {
        for event in group::drain(group)? {
            respond(group, &event, Response::FAN_ALLOW)?;
            count += 1;
        }
        match child.try_wait()? {
            None => thread::sleep(Duration::from_millis(1)),
            Some(result) => return Ok(result.map(|()| count)?),
        }
    }
}
