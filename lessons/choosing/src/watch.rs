//! News about a file: we change one, and wait until the kernel says so.

use crate::Crossing;
use nix::{
    fcntl::AT_FDCWD,
    sys::{
        fanotify::{EventFFlags, Fanotify, InitFlags as Fan, MarkFlags, MaskFlags},
        inotify::{AddWatchFlags, InitFlags, Inotify},
    },
    unistd::getpid,
};
use std::{
    env,
    fs::{self, File},
    io::Result,
    os::unix::fs::FileExt,
    path::PathBuf,
};

/// A file of our own. Dropping it removes it.
struct Watched {
    file: File,
    path: PathBuf,
}

impl Watched {
    fn new(by: &str) -> Result<Watched> {
        let path = env::temp_dir().join(format!("crossings_choosing_{by}_{}", getpid()));
        Ok(Watched { file: File::create_new(&path)?, path })
    }

    fn change(&self) -> Result<()> {
        self.file.write_all_at(b"!", 0)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Nobody could act on a failure here.
        let _ = fs::remove_file(&self.path);
    }
}

/// inotify(7) and the file that it watches.
struct ByInotify(Inotify, Watched);

/// inotify_init(2), and one watch.
pub fn inotify() -> Result<Box<dyn Crossing>> {
    let (inotify, watched) =
        (Inotify::init(InitFlags::IN_CLOEXEC)?, Watched::new("inotify")?);
    inotify.add_watch(&watched.path, AddWatchFlags::IN_MODIFY)?;
    Ok(Box::new(ByInotify(inotify, watched)))
}

// ANCHOR: watch
impl Crossing for ByInotify {
    fn most(&self) -> usize {
        0
    }

    fn round_trip(&mut self, _: &[u8], _: &mut [u8]) -> Result<()> {
        self.1.change()?;
        self.0.read_events()?;
        Ok(())
    }
}
// ANCHOR_END: watch

/// fanotify(7) and the file that it marks.
struct ByFanotify(Fanotify, Watched);

/// fanotify_init(2), and one mark. EPERM: not root.
pub fn fanotify() -> Result<Box<dyn Crossing>> {
    let events = EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC;
    let fanotify = Fanotify::init(Fan::FAN_CLASS_NOTIF | Fan::FAN_CLOEXEC, events)?;
    let watched = Watched::new("fanotify")?;
    let (flags, mask) = (MarkFlags::FAN_MARK_ADD, MaskFlags::FAN_MODIFY);
    fanotify.mark(flags, mask, AT_FDCWD, Some(&watched.path))?;
    Ok(Box::new(ByFanotify(fanotify, watched)))
}

impl Crossing for ByFanotify {
    fn most(&self) -> usize {
        0
    }

    fn round_trip(&mut self, _: &[u8], _: &mut [u8]) -> Result<()> {
        self.1.change()?;
        // Each event comes with a descriptor of the file, which is closed here.
        self.0.read_events()?;
        Ok(())
    }
}
