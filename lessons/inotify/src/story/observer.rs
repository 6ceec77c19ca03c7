//! Somebody who watches and prints what is told.

use anyhow::{Context, Result};
use crossings_inotify::event;
use inotify::{EventOwned, Inotify, WatchDescriptor, WatchMask};
use std::path::Path;

/// An instance, and what its watches are called.
pub struct Observer {
    pub inotify: Inotify,
    labels: Vec<(WatchDescriptor, &'static str)>,
    cookies: Vec<u32>,
}

impl Observer {
    pub fn new() -> Result<Observer> {
        let inotify = Inotify::init().context("make an inotify instance")?;
        Ok(Observer { inotify, labels: Vec::new(), cookies: Vec::new() })
    }

    /// An observer of one path. Its label need not be printed.
    pub fn of(path: &Path, mask: WatchMask) -> Result<Observer> {
        let mut observer = Observer::new()?;
        observer.watch("", path, mask)?;
        Ok(observer)
    }

    // ANCHOR: watch
    /// inotify_add_watch(2), and remembers what the watch is called.
    pub fn watch(
        &mut self,
        label: &'static str,
        path: &Path,
        mask: WatchMask,
    ) -> Result<WatchDescriptor> {
        let added = self.inotify.watches().add(path, mask);
        let wd = added.with_context(|| format!("watch {}", path.display()))?;
        self.labels.push((wd.clone(), label));
        Ok(wd)
    }
    // ANCHOR_END: watch

    /// What a watch is called.
    pub fn label(&self, wd: &WatchDescriptor) -> &'static str {
        let found = self.labels.iter().rev().find(|(labelled, _)| labelled == wd);
        found.map_or("", |(_, label)| label)
    }

    /// Does something, and prints what we were told of it.
    pub fn tell<T>(
        &mut self,
        what: &str,
        act: impl FnOnce() -> std::io::Result<T>,
    ) -> Result<T> {
        let result = act().with_context(|| what.to_owned())?;
        let events = event::drain(&mut self.inotify).context("read the events")?;
        println!("{what}: {}", self.show(&events));
        Ok(result)
    }

    /// The events in one line. Behind a half of a rename stands its cookie, in parentheses;
    /// the kernel's own depend on all that happened before, so they are numbered anew.
    pub fn show(&mut self, events: &[EventOwned]) -> String {
        if events.is_empty() {
            return "-".into();
        }
        let words: Vec<_> = events.iter().map(|event| self.word(event)).collect();
        words.join(", ")
    }

    fn word(&mut self, event: &EventOwned) -> String {
        let mut word = event::describe(event);
        let label = self.label(&event.wd);
        if !label.is_empty() {
            word = format!("[{label}] {word}");
        }
        if event.cookie != 0 {
            let known = self.cookies.iter().position(|cookie| *cookie == event.cookie);
            let number = known.unwrap_or_else(|| {
                self.cookies.push(event.cookie);
                self.cookies.len() - 1
            });
            word += &format!(" ({})", number + 1);
        }
        word
    }
}

/// A new empty folder, which is removed when it is dropped.
pub fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().context("make a folder for temporary files")
}

/// The watches of an instance, as far as the kernel knows.
pub fn watches(inotify: &Inotify) -> Result<usize> {
    event::watches(inotify).context("read /proc/self/fdinfo")
}
