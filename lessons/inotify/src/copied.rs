//! The widely copied watcher.

use crate::event;
use inotify::{EventMask, Inotify, WatchMask};
use lesson::errno;
use nix::Result;
use std::path::Path;

/// Watches one directory and says what happened.
pub struct Copied {
    /// Its instance.
    pub inotify: Inotify,
}

impl Copied {
    // ANCHOR: watch
    /// Watches a directory for what it believes to be everything. The errors are those of
    /// inotify_add_watch(2).
    pub fn watch(dir: &Path) -> Result<Copied> {
        let inotify = errno(Inotify::init())?;
        let mask = WatchMask::CREATE | WatchMask::DELETE | WatchMask::MODIFY;
        errno(inotify.watches().add(dir, mask))?;
        Ok(Copied { inotify })
    }
    // ANCHOR_END: watch

    // ANCHOR: lines
    /// What it prints of the events so far: those that carry a name, by their kind.
    pub fn lines(&mut self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for event in event::drain(&mut self.inotify)? {
            if let Some(name) = event.name {
                if event.mask.contains(EventMask::CREATE) {
                    lines.push(format!("created {}", name.display()));
                } else if event.mask.contains(EventMask::DELETE) {
                    lines.push(format!("deleted {}", name.display()));
                } else if event.mask.contains(EventMask::MODIFY) {
                    lines.push(format!("modified {}", name.display()));
                }
            }
        }
        Ok(lines)
    }
    // ANCHOR_END: lines
}
