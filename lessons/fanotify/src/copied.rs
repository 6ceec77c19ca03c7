//! The widely copied watcher.

use crate::group;
use nix::{
    Result,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags},
};
use std::path::Path;

/// Watches a directory, as it believes.
#[derive(Debug)]
pub struct Copied {
    /// Its group.
    pub group: Fanotify,
}

impl Copied {
    // ANCHOR: watch
    /// Marks a mount where a directory was meant. The errors are those of the calls.
    pub fn watch(dir: &Path) -> Result<Copied> {
        let group = group::listen(InitFlags::FAN_CLASS_NOTIF)?;
        let events = MaskFlags::FAN_OPEN | MaskFlags::FAN_CLOSE;
        group::mark(&group, MarkFlags::FAN_MARK_MOUNT, events, dir)?;
        Ok(Copied { group })
    }
    // ANCHOR_END: watch

    // ANCHOR: lines
    /// What it prints of the events so far, but for the numbers of its own descriptors.
    pub fn lines(&self) -> Result<Vec<&'static str>> {
        let mut lines = Vec::new();
        for event in group::drain(&self.group)? {
            if event.mask().contains(MaskFlags::FAN_OPEN) {
                lines.push("opened N");
            }
            if event.mask().intersects(MaskFlags::FAN_CLOSE) {
                lines.push("closed N");
            }
        }
        Ok(lines)
    }
    // ANCHOR_END: lines
}
