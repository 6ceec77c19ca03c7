//! One exercise as its page knows it: what was told of the reader's file and record, and what has changed since.

use crate::{
    exercises::{copy::Copy, exercise::Exercise, text::markdown, verify},
    report::diff,
    serve::{
        exercise::{
            Exercises,
            message::{News, Record, Side},
        },
        learner::Follower,
    },
};
use anyhow::Result;
use std::{
    path::Path,
    sync::{Arc, MutexGuard, PoisonError},
};

/// An exercise on a page.
pub struct Desk {
    /// What all share.
    pub exercises: Arc<Exercises>,
    /// Which.
    pub exercise: Exercise,
    /// What the page was told last of the file.
    copy: Option<Copy>,
    /// What it was told last of the record.
    record: Option<Record>,
}

impl Desk {
    /// Puts an exercise on a page. Who has not begun it gets their copy now.
    pub fn of(exercises: Arc<Exercises>, exercise: Exercise) -> Result<Self> {
        if !exercises.learner.progress()?.has_begun(&exercise) {
            exercises.learner.begin(&exercise)?;
        }
        Ok(Desk { exercises, exercise, copy: None, record: None })
    }

    /// Hears when something in the learner's folder has changed.
    pub fn changes(&self) -> Follower {
        self.exercises.follower.clone()
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.exercises.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has changed since the page was told last.
    pub fn news(&mut self) -> Result<Vec<News>> {
        let learner = &self.exercises.learner;
        let mut news = Vec::new();
        let progress = learner.progress()?;
        let record = Record {
            passed: progress.has_passed(&self.exercise),
            hints: progress.hints(&self.exercise).iter().map(|hint| markdown::html(hint)).collect(),
            of: self.exercise.hints.len(),
            outdated: progress.is_outdated(&self.exercise)?.then(|| verify::outdated(&self.exercise)),
        };
        if self.record.as_ref() != Some(&record) {
            self.record = Some(record.clone());
            news.push(News::Record(record));
        }
        let copy = learner.copy_of(&self.exercise)?;
        if self.copy.as_ref() != Some(&copy) {
            self.copy = Some(copy.clone());
            news.push(News::File { path: self.shown(&learner.file(&self.exercise)), copy });
        }
        Ok(news)
    }

    /// Has the file say `text`, if it says what the page has seen.
    pub fn save(&mut self, text: &str, seen: Option<&str>) -> Result<Vec<News>> {
        let written = {
            let _alone = self.alone();
            self.exercises.learner.replace(&self.exercise, seen, text)?
        };
        Ok(vec![match written {
            Ok(copy) => {
                self.copy = Some(copy.clone());
                News::Saved { hash: copy.hash }
            }
            Err(copy) => self.conflict(copy, text),
        }])
    }

    /// Lets the page or the file hold, and puts the other beside the file.
    pub fn settle(&mut self, keep: Side, text: &str, seen: Option<&str>) -> Result<Vec<News>> {
        let learner = &self.exercises.learner;
        let alone = self.alone();
        let file = learner.copy_of(&self.exercise)?;
        if file.hash.as_deref() != seen {
            drop(alone);
            return Ok(vec![self.conflict(file, text)]);
        }
        let aside = match (keep, &file.text) {
            (Side::Page, Some(old)) => Some(learner.put_aside(&self.exercise, old)?),
            (Side::Page, None) => None,
            (Side::File, _) => Some(learner.put_aside(&self.exercise, text)?),
        };
        if keep == Side::Page {
            let _written = learner.replace(&self.exercise, seen, text)?;
        }
        drop(alone);
        // The page is told all of the file once more, whatever it was told before.
        self.copy = None;
        let aside = aside.map(|path| News::Aside { path: self.shown(&path) });
        Ok(aside.into_iter().chain(self.news()?).collect())
    }

    /// Gives one more hint.
    pub fn hint(&mut self) -> Result<Vec<News>> {
        self.exercises.learner.take_hint(&self.exercise)?;
        self.news()
    }

    /// Begins anew. The file's text is put beside it, and so is the page's if there is one.
    pub fn reset(&mut self, text: Option<&str>) -> Result<Vec<News>> {
        let learner = &self.exercises.learner;
        let kept = {
            let _alone = self.alone();
            let file = learner.copy_of(&self.exercise)?.text;
            let unsaved = text.filter(|text| file.as_deref() != Some(*text));
            let unsaved = unsaved.map(|text| learner.put_aside(&self.exercise, text)).transpose()?;
            [learner.reset(&self.exercise)?, unsaved]
        };
        self.copy = None;
        let mut news: Vec<News> = kept.iter().flatten().map(|path| News::Aside { path: self.shown(path) }).collect();
        news.extend(self.news()?);
        Ok(news)
    }

    /// The file says something else than the page has seen.
    fn conflict(&mut self, copy: Copy, text: &str) -> News {
        let difference = diff::signed_lines(copy.text.as_deref().unwrap_or_default(), text);
        self.copy = Some(copy.clone());
        News::Conflict { copy, difference }
    }

    /// A path as the reader would type it in their checkout.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.exercises.course.root).unwrap_or(path).display().to_string()
    }
}
