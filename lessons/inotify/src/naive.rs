//! The obvious way to follow a tree, which loses some of it.

use crate::{event, tree};
use inotify::{EventMask, Inotify, WatchDescriptor};
use lesson::errno;
use nix::Result;
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// Everything below a directory that it has heard of.
pub struct Naive {
    inotify: Inotify,
    dirs: HashMap<WatchDescriptor, PathBuf>,
    paths: BTreeSet<PathBuf>,
}

impl Naive {
    /// Watches an empty directory. The errors are those of inotify_add_watch(2).
    pub fn new(root: &Path) -> Result<Naive> {
        let inotify = errno(Inotify::init())?;
        let mut naive = Naive { inotify, dirs: HashMap::new(), paths: BTreeSet::new() };
        naive.watch(root)?;
        Ok(naive)
    }

    // ANCHOR: catch_up
    /// Reads what has happened, and watches each new directory of which it hears.
    pub fn catch_up(&mut self) -> Result<()> {
        for event in event::drain(&mut self.inotify)? {
            let (Some(dir), Some(name)) = (self.dirs.get(&event.wd), event.name) else {
                continue;
            };
            let path = dir.join(name);
            self.paths.insert(path.clone());
            if event.mask.contains(EventMask::CREATE | EventMask::ISDIR) {
                self.watch(&path)?;
            }
        }
        Ok(())
    }
    // ANCHOR_END: catch_up

    fn watch(&mut self, dir: &Path) -> Result<()> {
        let wd = errno(self.inotify.watches().add(dir, tree::events()))?;
        self.dirs.insert(wd, dir.to_owned());
        Ok(())
    }

    /// What it has heard of.
    pub fn paths(&self) -> &BTreeSet<PathBuf> {
        &self.paths
    }
}
