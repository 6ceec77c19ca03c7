//! The built book, in two folders: one is served while mdBook fills the other, so that a page is never missing.

use crate::{book::page, course::Course, serve::state::State, watch::Listener};
use anyhow::{Context, Result};
use regex::Regex;
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{LazyLock, PoisonError, RwLock},
};

/// What the page's script keeps true by itself.
static LIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)<span class="(?:known|kernels)"[^>]*>.*?</span>"#).expect("a pattern that compiles")
});

/// The book as it is served.
pub struct Pages {
    /// The folders in which it is built by turns.
    folders: [PathBuf; 2],
    /// Guards which of them is whole.
    folder: RwLock<PathBuf>,
    /// Locked: another server of the same course has folders of its own.
    _place: File,
}

impl Pages {
    /// Builds the book for the first time.
    pub fn build(course: &Course) -> Result<Self> {
        let (place, folders) = place(course)?;
        page::build(course, &folders[0])?;
        Ok(Pages { folder: RwLock::new(folders[0].clone()), folders, _place: place })
    }

    /// The folder to serve from.
    pub fn folder(&self) -> PathBuf {
        self.folder.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Builds the book anew whenever something changes, and tells the readers which pages are others now.
    pub fn keep(&self, course: &Course, changes: &Listener, state: &State) {
        loop {
            changes.wait();
            match self.rebuild(course) {
                Ok(changed) => {
                    eprintln!("lab: the book is as its sources are: {}", pages_changed(changed.len()));
                    state.built(changed);
                }
                Err(error) => state.not_built(&format!("{error:#}")),
            }
        }
    }

    /// Fills the other folder and serves that. Returns the pages that changed.
    fn rebuild(&self, course: &Course) -> Result<Vec<String>> {
        let old = self.folder();
        let new = self.folders.iter().find(|folder| **folder != old).context("a folder to build in")?;
        page::build(course, new)?;
        *self.folder.write().unwrap_or_else(PoisonError::into_inner) = new.clone();
        let (old, new) = (texts(&old)?, texts(new)?);
        Ok(new.into_iter().filter(|(page, text)| old.get(page) != Some(text)).map(|(page, _)| page).collect())
    }
}

fn pages_changed(number: usize) -> String {
    match number {
        0 => "no page has changed".into(),
        1 => "one page has changed".into(),
        _ => format!("{number} pages have changed"),
    }
}

/// The first place that no other server has, and its two folders. It is free again when its server has ended, however.
fn place(course: &Course) -> Result<(File, [PathBuf; 2])> {
    let mut number = 0;
    loop {
        number += 1;
        let place = course.scratch().join("serve").join(number.to_string());
        fs::create_dir_all(&place).with_context(|| format!("make {}", place.display()))?;
        let lock = File::open(&place).with_context(|| format!("open {}", place.display()))?;
        match lock.try_lock() {
            Ok(()) => return Ok((lock, ["one", "other"].map(|name| place.join(name)))),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("lock {}", place.display()));
            }
        }
    }
}

/// The pages by their addresses, without what their script keeps true, and what they all load.
fn texts(folder: &Path) -> Result<BTreeMap<String, String>> {
    let pages = page::read(folder)?;
    let mut texts = BTreeMap::new();
    for (path, text) in pages {
        let address = path.strip_prefix(folder)?.display().to_string();
        texts.insert(address, LIVE.replace_all(&text, "").into_owned());
    }
    // A page does not show a change of its style or script, so each of them is a part of every page.
    let styles: String = ["css", "js"].iter().flat_map(|kind| loaded(folder, kind)).collect();
    texts.values_mut().for_each(|text| text.push_str(&styles));
    Ok(texts)
}

/// The course's own styles or scripts.
fn loaded(folder: &Path, kind: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join("book/theme")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == kind)).collect();
    files.sort();
    files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}
