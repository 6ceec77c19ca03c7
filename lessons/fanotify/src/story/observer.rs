//! Somebody who watches names and prints the events.

use anyhow::{Context, Result};
use crossings_fanotify::{
    event::{self, Event},
    group,
    handle::Handle,
    mount::Mount,
    record::Record,
};
use nix::{
    errno::Errno,
    sys::fanotify::{Fanotify, InitFlags, MarkFlags, MaskFlags},
};
use std::{fs::File, io, os::fd::AsFd, path::Path, process};

/// A group that reports names, and what is known of file handles.
pub struct Observer {
    pub group: Fanotify,
    /// Directories that it has a name for.
    dirs: Vec<(Handle, &'static str)>,
    /// A mount on which it may look for others.
    mount: Option<(Mount, File)>,
    /// Objects, in the order in which they came up.
    objects: Vec<Handle>,
}

impl Observer {
    pub fn new() -> Result<Observer> {
        let group = group::listen(group::NAMES).context("make a group")?;
        Ok(Observer { group, dirs: Vec::new(), mount: None, objects: Vec::new() })
    }

    // ANCHOR: directory
    /// fanotify_mark(2) of a directory, and remembers what its handle means.
    pub fn directory(
        &mut self,
        name: &'static str,
        path: &Path,
        events: MaskFlags,
    ) -> Result<()> {
        group::mark(&self.group, MarkFlags::FAN_MARK_ONLYDIR, events, path)
            .with_context(|| format!("mark {}", path.display()))?;
        self.dirs.push((Handle::of(path).context("name_to_handle_at")?, name));
        Ok(())
    }
    // ANCHOR_END: directory

    /// fanotify_mark(2) of a whole file system, and keeps it for looking at.
    pub fn file_system(&mut self, mount: Mount, events: MaskFlags) -> Result<()> {
        group::mark(&self.group, MarkFlags::FAN_MARK_FILESYSTEM, events, mount.path())
            .context("mark a file system")?;
        let open = File::open(mount.path())?;
        self.mount = Some((mount, open));
        Ok(())
    }

    /// Does something, and prints the events that it made.
    pub fn tell<T>(
        &mut self,
        what: &str,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T> {
        let result = act().with_context(|| what.to_owned())?;
        let events = event::drain(&self.group).context("read the events")?;
        let words: Vec<_> = events.iter().map(|event| self.word(event)).collect();
        println!(
            "{what}: {}",
            if words.is_empty() { "-".into() } else { words.join(", ") }
        );
        Ok(result)
    }

    fn word(&mut self, event: &Event) -> String {
        let mut word = group::bits(event.mask);
        for record in &event.records {
            word += &match record {
                Record::Entry(dir, name) => format!(" {}", self.place(dir, name.as_ref())),
                Record::OldEntry(dir, name) => {
                    format!(" from {}", self.place(dir, name.as_ref()))
                }
                Record::NewEntry(dir, name) => {
                    format!(" to {}", self.place(dir, name.as_ref()))
                }
                Record::Directory(dir) => format!(" {}", self.place(dir, "".as_ref())),
                Record::Object(object) => format!(" (object {})", self.number(object)),
                Record::Pidfd(_) => " with a pidfd".into(),
                Record::Unknown(kind) => format!(" and a record of kind {kind}"),
            };
        }
        match event.pid {
            0 => word + " by somebody",
            pid if pid == process::id() as i32 => word,
            _ => word + " by another",
        }
    }

    /// A name in a directory, as a path.
    fn place(&self, dir: &Handle, name: &Path) -> String {
        match self.find(dir) {
            // A directory's own events name it "." in itself.
            Ok(path) => Path::new(&path).join(name).display().to_string(),
            Err(errno) => format!("{errno:?}/{}", name.display()),
        }
    }

    // ANCHOR: find
    /// What a directory is called now: by the handles that we know, or by the file system.
    fn find(&self, dir: &Handle) -> nix::Result<String> {
        if let Some((_, name)) = self.dirs.iter().find(|(known, _)| known == dir) {
            return Ok((*name).into());
        }
        let (mount, open) = self.mount.as_ref().ok_or(Errno::ENOENT)?;
        let path = group::path(dir.open(open)?.as_fd())?;
        Ok(mount.inside(&path).display().to_string())
    }
    // ANCHOR_END: find

    fn number(&mut self, object: &Handle) -> usize {
        let known = self.objects.iter().position(|known| known == object);
        1 + known.unwrap_or_else(|| {
            self.objects.push(object.clone());
            self.objects.len() - 1
        })
    }
}

/// What happens to names, also to those of directories.
pub fn names() -> MaskFlags {
    MaskFlags::FAN_CREATE
        | MaskFlags::FAN_DELETE
        | MaskFlags::FAN_RENAME
        | MaskFlags::FAN_ONDIR
}

/// A group that reports open files, with one mark.
pub fn listener(on: MarkFlags, events: MaskFlags, path: &Path) -> Result<Fanotify> {
    let group = group::listen(InitFlags::FAN_CLASS_NOTIF).context("make a group")?;
    group::mark(&group, on, events, path)
        .with_context(|| format!("mark {}", path.display()))?;
    Ok(group)
}
