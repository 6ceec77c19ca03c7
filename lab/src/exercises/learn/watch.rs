//! Watching a folder for saves: inotify(7). The folder is watched and not the file, because many editors write a new file
//! and rename it over the old one.

use anyhow::{Context, Result};
use inotify::{Inotify, WatchDescriptor, WatchMask, Watches};
use std::{path::Path, thread, time::Duration};

/// A watched folder. Dropping it ends the watch.
pub struct Watch {
    watches: Watches,
    descriptor: WatchDescriptor,
}

impl Watch {
    /// Calls `saved` after each save, until it returns false.
    pub fn start(folder: &Path, saved: impl Fn() -> bool + Send + 'static) -> Result<Self> {
        let mut inotify = Inotify::init().context("start inotify")?;
        let mut watches = inotify.watches();
        let descriptor = watches
            .add(folder, WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO)
            .with_context(|| format!("watch {}", folder.display()))?;
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(events) = inotify.read_events_blocking(&mut buffer) {
                // The watch is gone: the kernel's last word about it.
                if events.into_iter().any(|event| event.mask.contains(inotify::EventMask::IGNORED)) {
                    break;
                }
                // A save is often several events.
                thread::sleep(Duration::from_millis(20));
                if !saved() {
                    break;
                }
            }
        });
        Ok(Watch { watches, descriptor })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It fails if the folder is gone, and then so is the watch.
        let _ = self.watches.remove(self.descriptor.clone());
    }
}
