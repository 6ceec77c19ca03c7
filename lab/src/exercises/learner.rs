//! The learner's folder, `learn` in the checkout, which git ignores: their copy of each exercise that they have begun, and
//! how far they are. A newer book changes nothing in it.

use crate::{
    cache_key::CacheKey,
    course::Course,
    exercises::{attempt::Attempt, exercise::Exercise},
};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The learner.
pub struct Learner {
    folder: PathBuf,
}

/// How far the learner is with all exercises.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The exercise at hand.
    pub current: Option<String>,
    /// What was begun, by id.
    #[serde(default)]
    begun: BTreeMap<String, Begun>,
}

/// How far they are with one.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Begun {
    /// The key of the starter that they began with.
    starter: String,
    /// Whether an attempt has passed.
    passed: bool,
    /// How many hints they have taken.
    hints: usize,
}

impl Learner {
    /// The learner of this checkout.
    pub fn of(course: &Course) -> Self {
        Learner::in_folder(course.learn())
    }

    /// A learner who works in this folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        Learner { folder }
    }

    /// The folder, which is also the package that their attempts are built in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How far they are.
    pub fn progress(&self) -> Result<Progress> {
        let path = self.record();
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("{} cannot be read; without it, progress begins anew", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Progress::default()),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    fn record(&self) -> PathBuf {
        self.folder.join("progress.json")
    }

    /// Changes the record. The folder is locked meanwhile, and the record is replaced in one step.
    fn update(&self, change: impl FnOnce(&mut Progress)) -> Result<()> {
        fs::create_dir_all(&self.folder).with_context(|| format!("make {}", self.folder.display()))?;
        let lock = File::open(&self.folder)?;
        lock.lock().with_context(|| format!("lock {}", self.folder.display()))?;
        let mut progress = self.progress()?;
        change(&mut progress);
        let new = self.record().with_extension("json.new");
        fs::write(&new, serde_json::to_string_pretty(&progress)?)
            .with_context(|| format!("write {}", new.display()))?;
        fs::rename(&new, self.record()).with_context(|| format!("write {}", self.record().display()))
    }

    /// Where their copy of an exercise is.
    pub fn file(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(&exercise.id).join(exercise.side.file())
    }

    /// Makes an exercise the one at hand, and their copy of it if they have none.
    pub fn begin(&self, exercise: &Exercise) -> Result<Attempt> {
        let file = self.file(exercise);
        let new = !file.exists();
        if new {
            self.copy(exercise)?;
        }
        let starter = starter_key(exercise)?;
        self.update(|progress| {
            progress.current = Some(exercise.id.clone());
            let begun = progress.begun.entry(exercise.id.clone()).or_default();
            if new || begun.starter.is_empty() {
                begun.starter = starter;
            }
        })?;
        Ok(self.attempt(exercise))
    }

    /// Their copy of an exercise, as an attempt at it.
    pub fn attempt(&self, exercise: &Exercise) -> Attempt {
        Attempt { exercise: exercise.clone(), name: "mine".into(), file: self.file(exercise) }
    }

    /// Begins an exercise anew. What they had stays beside it under another name, which is returned.
    pub fn reset(&self, exercise: &Exercise) -> Result<Option<PathBuf>> {
        let file = self.file(exercise);
        let kept = match fs::read(&file) {
            Ok(text) if text != fs::read(exercise.starter())? => {
                let name = free_name(&file)?;
                fs::rename(&file, &name).with_context(|| format!("rename {}", file.display()))?;
                Some(name)
            }
            _ => None,
        };
        self.copy(exercise)?;
        let starter = starter_key(exercise)?;
        self.update(|progress| {
            progress.begun.insert(exercise.id.clone(), Begun { starter, ..Begun::default() });
        })?;
        Ok(kept)
    }

    fn copy(&self, exercise: &Exercise) -> Result<()> {
        let file = self.file(exercise);
        fs::create_dir_all(file.parent().context("an exercise's folder")?)?;
        // The whole file at once: an editor may have it open.
        let new = file.with_extension("new");
        fs::copy(exercise.starter(), &new).with_context(|| format!("write {}", new.display()))?;
        fs::rename(&new, &file).with_context(|| format!("write {}", file.display()))
    }

    /// Remembers that their attempt has passed.
    pub fn pass(&self, exercise: &Exercise) -> Result<()> {
        self.update(|progress| progress.begun.entry(exercise.id.clone()).or_default().passed = true)
    }

    /// Gives one more hint, if there is one.
    pub fn take_hint(&self, exercise: &Exercise) -> Result<()> {
        self.update(|progress| {
            let begun = progress.begun.entry(exercise.id.clone()).or_default();
            begun.hints = (begun.hints + 1).min(exercise.hints.len());
        })
    }
}

impl Progress {
    /// Whether an exercise was begun.
    pub fn has_begun(&self, exercise: &Exercise) -> bool {
        self.begun.contains_key(&exercise.id)
    }

    /// Whether an attempt at it has passed.
    pub fn has_passed(&self, exercise: &Exercise) -> bool {
        self.begun.get(&exercise.id).is_some_and(|begun| begun.passed)
    }

    /// The letter that stands for how far they are with an exercise in a list: passed, begun, or neither.
    pub fn mark(&self, exercise: &Exercise) -> char {
        match (self.has_passed(exercise), self.has_begun(exercise)) {
            (true, _) => 'x',
            (false, true) => '~',
            (false, false) => ' ',
        }
    }

    /// The hints taken.
    pub fn hints<'a>(&self, exercise: &'a Exercise) -> &'a [String] {
        let taken = self.begun.get(&exercise.id).map_or(0, |begun| begun.hints);
        &exercise.hints[..taken.min(exercise.hints.len())]
    }

    /// Whether its starter is another than the one that they began with.
    pub fn is_outdated(&self, exercise: &Exercise) -> Result<bool> {
        match self.begun.get(&exercise.id) {
            Some(begun) => Ok(begun.starter != starter_key(exercise)?),
            None => Ok(false),
        }
    }

    /// The exercise at hand, else the first that has not passed.
    pub fn current<'a>(&self, exercises: &'a [Exercise]) -> Option<&'a Exercise> {
        let current = self.current.as_ref();
        let named = exercises.iter().find(|exercise| Some(&exercise.id) == current);
        named.or_else(|| exercises.iter().find(|exercise| !self.has_passed(exercise))).or(exercises.first())
    }

    /// The next exercise after `exercise` that has not passed, from the beginning again if there is none behind it.
    pub fn next<'a>(&self, exercises: &'a [Exercise], exercise: &Exercise) -> Option<&'a Exercise> {
        let place = exercises.iter().position(|other| other.id == exercise.id).map_or(0, |place| place + 1);
        let (before, after) = exercises.split_at(place.min(exercises.len()));
        after.iter().chain(before).find(|other| !self.has_passed(other) && other.id != exercise.id)
    }
}

/// A name beside a file that nothing has yet.
pub fn free_name(file: &Path) -> Result<PathBuf> {
    let mut names = (1..).map(|number| PathBuf::from(format!("{}.{number}", file.display())));
    names.find(|path| !path.exists()).context("a free name")
}

fn starter_key(exercise: &Exercise) -> Result<String> {
    Ok(CacheKey::default().file(&exercise.starter())?.finish())
}
