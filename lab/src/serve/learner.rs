//! The learner's folder, which others change too: the terminal's `cargo lab learn`, an editor, another tab. Whatever changes there
//! or in the course, the pages are told how many exercises of each chapter have passed.

use crate::{
    course::Course,
    exercises::{exercise::Exercise, learner::Learner},
    serve::state::{Practised, State},
    watch::{Changes, Listener},
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt, path::Path};
use tokio::sync::watch;

/// Hears of changes in the learner's folder. Each copy does.
pub type Follower = watch::Receiver<()>;

/// Tells all followers.
pub type Teller = watch::Sender<()>;

/// Follows the folder for as long as the book is served. It may be removed and made again.
pub fn keep(course: &Course, state: &State, teller: &Teller) -> Result<()> {
    let learner = Learner::of(course);
    let folder = learner.folder();
    loop {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let watched = identity(folder);
        let changes = Changes::of(&[folder.to_path_buf()])?;
        let listener = changes.listener();
        while watched.is_some() && identity(folder) == watched {
            count(course, state);
            teller.send_replace(());
            listener.wait();
        }
    }
}

/// Counts anew whenever the course changes: there may be another exercise.
pub fn keep_with_course(course: &Course, changes: &Listener, state: &State) {
    loop {
        changes.wait();
        count(course, state);
    }
}

/// Which folder it is that bears this name now.
fn identity(folder: &Path) -> Option<(u64, u64)> {
    fs::metadata(folder).ok().map(|data| (data.dev(), data.ino()))
}

/// Tells how far the learner is. While an author writes an exercise it may be no whole one; then what was told last stays.
fn count(course: &Course, state: &State) {
    match practised(course) {
        Ok(chapters) => state.practise(chapters),
        Err(error) => eprintln!("lab: the exercises cannot be counted: {error:#}"),
    }
}

fn practised(course: &Course) -> Result<BTreeMap<String, Practised>> {
    let progress = Learner::of(course).progress()?;
    let mut chapters: BTreeMap<String, Practised> = BTreeMap::new();
    for exercise in Exercise::chosen(course, &[])? {
        let chapter = chapters.entry(exercise.slug().to_string()).or_default();
        chapter.of += 1;
        chapter.passed += usize::from(progress.has_passed(&exercise));
    }
    Ok(chapters)
}
