//! Everything below a directory, kept up to date.

use crate::{event, walk};
use inotify::{EventMask, EventOwned, Inotify, WatchDescriptor, WatchMask};
use lesson::errno;
use nix::{Result, errno::Errno};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// What changes the set of names in a directory. A directory that is a symbolic link is
/// somebody else's.
pub fn events() -> WatchMask {
    WatchMask::CREATE
        | WatchMask::DELETE
        | WatchMask::MOVE
        | WatchMask::ONLYDIR
        | WatchMask::DONT_FOLLOW
}

// ANCHOR: tree
/// The names below a directory, as of the last [`Tree::catch_up`].
pub struct Tree {
    root: PathBuf,
    inotify: Inotify,
    dirs: HashMap<WatchDescriptor, PathBuf>,
    paths: BTreeSet<PathBuf>,
    rescans: usize,
}
// ANCHOR_END: tree

impl Tree {
    /// Watches everything below `root`. ENOENT, ENOTDIR: it is not a directory. ENOSPC:
    /// that takes more watches than the user may have. EMFILE: the user may have no more
    /// instances.
    pub fn new(root: &Path) -> Result<Tree> {
        let mut tree = Tree {
            root: root.to_owned(),
            inotify: errno(Inotify::init())?,
            dirs: HashMap::new(),
            paths: BTreeSet::new(),
            rescans: 0,
        };
        tree.add(root)?;
        Ok(tree)
    }

    // ANCHOR: add
    /// Watches a directory and everything in it. *First* the watch, then the scan: what is
    /// made after the watch is told, what was made before it is found, and what is both
    /// told and found is in the set once.
    fn add(&mut self, dir: &Path) -> Result<()> {
        let wd = errno(self.inotify.watches().add(dir, events()))?;
        self.dirs.insert(wd, dir.to_owned());
        for (path, is_dir) in errno(walk::entries(dir))? {
            if is_dir {
                self.add_if_there(&path)?;
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// A directory of which we have heard may have been moved, deleted or replaced
    /// meanwhile. That is no failure: an event in the queue says so.
    fn add_if_there(&mut self, dir: &Path) -> Result<()> {
        match self.add(dir) {
            Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(()),
            result => result,
        }
    }
    // ANCHOR_END: add

    // ANCHOR: forget
    /// Drops a name and everything below it, watches included.
    fn forget(&mut self, gone: &Path) {
        self.paths.retain(|path| !path.starts_with(gone));
        for (wd, _) in self.dirs.extract_if(|_, dir| dir.starts_with(gone)) {
            // EINVAL: the directory was deleted, and the kernel has dropped the watch
            // itself.
            let _ = self.inotify.watches().remove(wd);
        }
    }
    // ANCHOR_END: forget

    // ANCHOR: take
    fn take(&mut self, event: EventOwned) -> Result<()> {
        if event.mask.intersects(EventMask::Q_OVERFLOW | EventMask::UNMOUNT) {
            return self.rescan();
        }
        if event.mask.contains(EventMask::IGNORED) {
            self.dirs.remove(&event.wd);
        }
        // An event of a watch that we have dropped tells nothing that we do not know.
        let (Some(dir), Some(name)) = (self.dirs.get(&event.wd), event.name) else {
            return Ok(());
        };
        let path = dir.join(name);
        if event.mask.intersects(EventMask::CREATE | EventMask::MOVED_TO) {
            self.paths.insert(path.clone());
            if event.mask.contains(EventMask::ISDIR) {
                self.add_if_there(&path)?;
            }
        } else {
            self.forget(&path);
        }
        Ok(())
    }
    // ANCHOR_END: take

    // ANCHOR: rescan
    /// Events were lost, so nothing that we know is certain. Begins again, with a new
    /// queue: what is still in the old one is older than the scan. (Dropping the old
    /// instance makes its watch descriptors unequal to all others, so the rest of its
    /// events is passed over.)
    fn rescan(&mut self) -> Result<()> {
        let rescans = self.rescans + 1;
        *self = Tree::new(&self.root)?;
        self.rescans = rescans;
        Ok(())
    }
    // ANCHOR_END: rescan

    /// Takes in what has happened so far. Does not wait. The errors are those of
    /// [`Tree::new`].
    pub fn catch_up(&mut self) -> Result<()> {
        loop {
            let events = event::drain(&mut self.inotify)?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                self.take(event)?;
            }
        }
    }

    /// Every path below the root.
    pub fn paths(&self) -> &BTreeSet<PathBuf> {
        &self.paths
    }

    /// How often it had to begin again.
    pub fn rescans(&self) -> usize {
        self.rescans
    }

    /// How many directories it watches.
    pub fn watches(&self) -> usize {
        self.dirs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grow;
    use std::thread;

    #[test]
    fn follows_whatever_happens_meanwhile() {
        for seed in 0..50 {
            let place = tempfile::tempdir().expect("a folder");
            let mut tree = Tree::new(place.path()).expect("a tree");
            thread::scope(|scope| {
                let grower = scope.spawn(|| grow::changes(place.path(), seed, 300));
                while !grower.is_finished() {
                    tree.catch_up().expect("the events so far");
                }
            });
            tree.catch_up().expect("the last events");
            let there = walk::walk(place.path()).expect("what is there");
            assert_eq!(tree.paths, there, "seed {seed}");
            assert_eq!(event::watches(&tree.inotify), Ok(tree.dirs.len()), "seed {seed}");
            let mut dirs: Vec<_> = tree.dirs.into_values().collect();
            let is_dir = |path: &PathBuf| path.is_dir();
            let mut there: Vec<_> = there.into_iter().filter(is_dir).collect();
            there.push(place.path().to_owned());
            dirs.sort();
            there.sort();
            assert_eq!(dirs, there, "seed {seed}");
        }
    }
}
