//! What it costs those who open a file that is watched, or that needs a permission.

use crate::{
    group,
    permission::{request, respond},
};
use lesson::{child::Child, cost, errno};
use nix::{
    Result,
    sys::{
        fanotify::{InitFlags, MarkFlags, MaskFlags, Response},
        inotify::{AddWatchFlags, InitFlags as InotifyFlags, Inotify},
    },
    unistd::read,
};
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

/// What opening and closing a file takes, from the best of ten rounds of ten.
#[derive(Clone, Copy, Debug)]
pub struct Costs {
    /// That nobody watches.
    pub unwatched: Duration,
    /// That inotify reports, and the event is read.
    pub inotify: Duration,
    /// That fanotify reports by a handle, and the event is read.
    pub handle: Duration,
    /// That fanotify reports by an open file, and the event is read.
    pub file: Duration,
    /// For which another process gets a permission event, and allows it.
    pub permitted: Duration,
}

/// Measures, in an empty directory. The errors are those of the calls.
pub fn costs(dir: &Path) -> Result<Costs> {
    let paths: Vec<PathBuf> = (0..5).map(|n| dir.join(n.to_string())).collect();
    for path in &paths {
        errno(File::create(path))?;
    }
    let group = |flags, events, n: usize| {
        let group = group::listen(flags)?;
        group::mark(&group, MarkFlags::FAN_MARK_INODE, events, &paths[n])?;
        Ok(group)
    };
    let inotify = Inotify::init(InotifyFlags::IN_CLOEXEC | InotifyFlags::IN_NONBLOCK)?;
    inotify.add_watch(&paths[1], AddWatchFlags::IN_OPEN)?;
    let handles = group(group::NAMES, MaskFlags::FAN_OPEN, 2)?;
    let files = group(InitFlags::FAN_CLASS_NOTIF, MaskFlags::FAN_OPEN, 3)?;
    let permission = group(InitFlags::FAN_CLASS_CONTENT, MaskFlags::FAN_OPEN_PERM, 4)?;
    let listener = Child::named(c"listener", || {
        loop {
            respond(&permission, &request(&permission)?, Response::FAN_ALLOW)?;
        }
    })?;
    drop(permission);
    let (mut first, mut second) = ([0; 4096], [0; 4096]);
    let open = |n: usize| drop(File::open(&paths[n]));
    let [unwatched, inotify, handle, file, permitted] = cost::costs(
        10,
        10,
        [
            &mut || open(0),
            &mut || {
                open(1);
                let _ = read(&inotify, &mut first);
            },
            &mut || {
                open(2);
                let _ = read(&handles, &mut second);
            },
            &mut || {
                open(3);
                let _ = files.read_events();
            },
            &mut || open(4),
        ],
    );
    listener.kill()?;
    Ok(Costs { unwatched, inotify, handle, file, permitted })
}
