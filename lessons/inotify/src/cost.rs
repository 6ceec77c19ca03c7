//! What watching costs those who change, and asking those who want to know.

use inotify::{Inotify, WatchMask};
use lesson::{cost, errno};
use nix::Result;
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// How many files there are to ask about.
pub const FILES: usize = 100;

/// What one of each takes, from the best of several rounds.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// A write of one byte to a file that nobody watches.
    pub unwatched: Duration,
    /// The same to one that is watched, and the event is read.
    pub told: Duration,
    /// The same, but an equal event is already in the queue.
    pub merged: Duration,
    /// A read of an empty queue.
    pub empty: Duration,
    /// stat(2) of all [`FILES`], to see whether one has changed.
    pub stat: Duration,
}

/// Measures, in an empty directory. The errors are those of the calls.
pub fn costs(dir: &Path) -> Result<Costs> {
    let paths: Vec<PathBuf> = (0..FILES).map(|n| dir.join(n.to_string())).collect();
    for path in &paths {
        errno(fs::write(path, "."))?;
    }
    let open = |path: &Path| errno(File::options().write(true).open(path));
    let (plain, read, full) = (open(&paths[0])?, open(&paths[1])?, open(&paths[2])?);
    let instance = |path: &Path| -> Result<Inotify> {
        let inotify = errno(Inotify::init())?;
        errno(inotify.watches().add(path, WatchMask::MODIFY))?;
        Ok(inotify)
    };
    let (mut reader, _unread) = (instance(&paths[1])?, instance(&paths[2])?);
    let mut idle = instance(&paths[3])?;
    let mut buffer = [0; 4096];
    let [unwatched, told, merged] = cost::costs(
        50,
        20,
        [
            &mut || _ = plain.write_at(b".", 0),
            &mut || {
                let _ = read.write_at(b".", 0);
                let _ = reader.read_events(&mut buffer);
            },
            &mut || _ = full.write_at(b".", 0),
        ],
    );
    let [empty, stat] = cost::costs(
        20,
        5,
        [&mut || _ = idle.read_events(&mut buffer), &mut || {
            paths.iter().for_each(|path| _ = fs::metadata(path))
        }],
    );
    Ok(Costs { unwatched, told, merged, empty, stat })
}
