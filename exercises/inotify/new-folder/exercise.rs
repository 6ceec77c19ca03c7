//! Every path that ever comes into being below a folder, from inotify(7).

use nix::{
    Result,
    errno::Errno,
    sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor},
};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// A folder that is watched with everything below it.
pub struct Tree {
    inotify: Inotify,
    folders: HashMap<WatchDescriptor, PathBuf>,
    /// What has come into being so far, each path once.
    pub paths: BTreeSet<PathBuf>,
}

impl Tree {
    /// Begins with an empty folder.
    pub fn new(root: &Path) -> Result<Tree> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        let mut tree = Tree { inotify, folders: HashMap::new(), paths: BTreeSet::new() };
        tree.add(root)?;
        Ok(tree)
    }

    /// Takes in what has happened so far. Does not wait.
    pub fn catch_up(&mut self) -> Result<()> {
        loop {
            let events = match self.inotify.read_events() {
                Err(Errno::EAGAIN) => return Ok(()),
                events => events?,
            };
            for event in events {
                let (Some(folder), Some(name)) = (self.folders.get(&event.wd), event.name) else { continue };
                let path = folder.join(name);
                if event.mask.contains(AddWatchFlags::IN_ISDIR) {
                    self.add(&path)?;
                }
                self.paths.insert(path);
            }
        }
    }

    /// Adds a folder.
    fn add(&mut self, folder: &Path) -> Result<()> {
        let watch = self.inotify.add_watch(folder, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO)?;
        self.folders.insert(watch, folder.into());
        Ok(())
    }
}
