//! What changes in the course's sources and elsewhere, told to those who wait for it: inotify(7), by way of the crate notify.

use crate::course::Course;
use anyhow::{Context, Result};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::{
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

/// What is watched. `target` is not: it is what the tool makes.
const PARTS: [&str; 9] =
    ["book", "book.toml", "exercises", "kmods", "lab/judge", "lab/lesson", "lessons", "notebooks", "page"];

/// An editor saves in several steps; after the last of them it is quiet for so long.
const QUIET: Duration = Duration::from_millis(120);

/// Counts changes.
struct Count {
    /// Guards the number of changes so far.
    changes: Mutex<u64>,
    /// Told whenever it grows.
    grown: Condvar,
}

/// The source of all changes: those of files, and those that a listener announces.
pub struct Changes {
    count: Arc<Count>,
    /// Dropping it ends the watching.
    _watcher: RecommendedWatcher,
}

/// Waits for changes, from those on that came after it was made.
pub struct Listener {
    count: Arc<Count>,
    /// Guards the number of changes that it knows of.
    seen: Mutex<u64>,
}

impl Changes {
    /// Begins to watch the course's sources.
    ///
    /// # Errors
    /// The limits of inotify(7).
    pub fn of_course(course: &Course) -> Result<Self> {
        let parts = PARTS.map(|part| course.root.join(part));
        Changes::of(&parts.into_iter().filter(|part| part.exists()).collect::<Vec<_>>())
    }

    /// Begins to watch these files and folders, and all that is in them.
    ///
    /// # Errors
    /// The limits of inotify(7).
    pub fn of(parts: &[PathBuf]) -> Result<Self> {
        let count = Arc::new(Count { changes: Mutex::new(0), grown: Condvar::new() });
        let told = count.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // A file that is only read changes nothing.
            if event.is_ok_and(|event| !matches!(event.kind, EventKind::Access(_))) {
                told.grow();
            }
        })
        .context("start to watch")?;
        for part in parts {
            watcher
                .watch(part, RecursiveMode::Recursive)
                .with_context(|| format!("watch {}; see max_user_watches in inotify(7)", part.display()))?;
        }
        Ok(Changes { count, _watcher: watcher })
    }

    /// One more that waits.
    pub fn listener(&self) -> Listener {
        Listener { count: self.count.clone(), seen: Mutex::new(self.count.now()) }
    }
}

impl Count {
    fn grow(&self) {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.grown.notify_all();
    }

    fn now(&self) -> u64 {
        *self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Tells all others that something has changed that is no source: the lessons' outputs.
    pub fn announce(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.count.grow();
    }

    /// Waits until something has changed since it last returned, and it is quiet again.
    pub fn wait(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = self.count.changes.lock().unwrap_or_else(PoisonError::into_inner);
        while *changes == *seen {
            changes = self.count.grown.wait(changes).unwrap_or_else(PoisonError::into_inner);
        }
        while *changes != *seen {
            *seen = *changes;
            let waited = self.count.grown.wait_timeout(changes, QUIET).unwrap_or_else(PoisonError::into_inner);
            changes = waited.0;
        }
    }
}
