//! An exercise: a folder `exercises/SLUG/NAME` with a text, a starter, a check, a solution, and wrong solutions.

use crate::{
    course::Course,
    exercises::text::Text,
    report::verdict::{Fault, Mistake},
};
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Which side of the crossing the learner changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Side {
    /// `exercise.rs`, compiled into the check.
    User,
    /// `exercise.c`, a module that is loaded before the check runs.
    Kernel,
}

/// One exercise.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// `SLUG/NAME`.
    pub id: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What the learner changes.
    pub side: Side,
    /// Its heading.
    pub title: String,
    /// What it is good for, in a sentence.
    pub practises: String,
    /// How long it may take a learner.
    pub minutes: u32,
    /// Modules of the stock kernel that are loaded first.
    pub modules: Vec<String>,
    /// The task, in Markdown.
    pub task: String,
    /// Hints, the gentlest first.
    pub hints: Vec<String>,
    /// Why the solution is one.
    pub explanation: String,
    /// For each wrong solution, why it is wrong.
    pub wrong: BTreeMap<String, String>,
}

/// Which state of the exercise's file is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// What the learner begins with.
    Starter,
    /// What passes.
    Solution,
    /// What must be refused.
    Wrong(String),
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Variant::Starter => f.write_str("starter"),
            Variant::Solution => f.write_str("solution"),
            Variant::Wrong(name) => write!(f, "wrong/{name}"),
        }
    }
}

impl Side {
    /// The name of the learner's file.
    pub fn file(self) -> &'static str {
        match self {
            Side::User => "exercise.rs",
            Side::Kernel => "exercise.c",
        }
    }
}

impl Exercise {
    /// All exercises of a lesson, the shortest first.
    pub fn of(course: &Course, slug: &str) -> Result<Vec<Self>> {
        Exercise::read_all(slug, &course.exercises(slug)?)
    }

    /// The exercises named on a command line, `SLUG` or `SLUG/NAME`, or all of them, in the book's order.
    pub fn chosen(course: &Course, names: &[String]) -> Result<Vec<Self>> {
        let (mut chosen, mut ids) = (Vec::new(), Vec::new());
        for slug in course.reading_order()? {
            let mut folders = course.exercises(&slug)?;
            ids.extend(folders.iter().map(|folder| id(&slug, folder)));
            // Of those that nobody has named, not even the text is read: somebody may be writing it.
            folders.retain(|folder| {
                names.is_empty() || names.iter().any(|name| *name == slug || *name == id(&slug, folder))
            });
            chosen.extend(Exercise::read_all(&slug, &folders)?);
        }
        for name in names {
            if !ids.iter().any(|id| id == name || id.starts_with(&format!("{name}/"))) {
                bail!(Mistake::unknown("exercise", name, &ids));
            }
        }
        Ok(chosen)
    }

    fn read_all(slug: &str, folders: &[PathBuf]) -> Result<Vec<Self>> {
        let mut exercises: Vec<Self> =
            folders.iter().map(|folder| Exercise::read(slug, folder)).collect::<Result<_>>()?;
        exercises.sort_by(|one, other| (one.minutes, &one.id).cmp(&(other.minutes, &other.id)));
        Ok(exercises)
    }

    /// The one exercise `SLUG/NAME`.
    pub fn named(course: &Course, id: &str) -> Result<Self> {
        let found = Exercise::chosen(course, &[id.to_string()])?;
        found
            .into_iter()
            .find(|exercise| exercise.id == id)
            .ok_or_else(|| Mistake(format!("{id} names several exercises: SLUG/NAME names one")).into())
    }

    /// Reads the exercise in `folder`. What it lacks is its own fault ([`Fault`]).
    fn read(slug: &str, folder: &Path) -> Result<Self> {
        let id = id(slug, folder);
        let sides = [Side::User, Side::Kernel].into_iter().filter(|side| folder.join(side.file()).is_file());
        let [side] = sides.collect::<Vec<_>>()[..] else {
            bail!(Fault(format!("exercises/{id} must have an exercise.c or an exercise.rs, and only one of them")));
        };
        let path = folder.join("exercise.md");
        let text = fs::read_to_string(&path).map_err(|_| Fault(format!("exercises/{id} has no exercise.md")))?;
        Text::parse(&text)
            .and_then(|text| text.into_exercise(&id, folder, side))
            .map_err(|error| Fault(format!("exercises/{id}/exercise.md: {error:#}")).into())
    }

    /// The chapter that it belongs to.
    pub fn slug(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// All states of its file that a proof tries.
    pub fn variants(&self) -> Vec<Variant> {
        let wrong = self.wrong.keys().map(|name| Variant::Wrong(name.clone()));
        [Variant::Starter, Variant::Solution].into_iter().chain(wrong).collect()
    }

    /// The file that the learner gets a copy of.
    pub fn starter(&self) -> PathBuf {
        self.folder.join(self.side.file())
    }

    /// The text of its file in one of its states.
    pub fn text_of(&self, variant: &Variant) -> Result<String> {
        let starter = read(&self.starter())?;
        if *variant == Variant::Starter {
            return Ok(starter);
        }
        let patch = self.patch(variant);
        let apply = || -> Result<String> {
            let text = read(&patch)?;
            let parsed = diffy::Patch::from_str(&text).context("is no unified diff")?;
            diffy::apply(&starter, &parsed).context("does not apply to the starter")
        };
        apply().map_err(|error| Fault(format!("{}: {error:#}", patch.display())).into())
    }

    /// The difference from the starter to one of the other states.
    pub fn patch(&self, variant: &Variant) -> PathBuf {
        self.folder.join(variant.to_string()).with_extension("diff")
    }

    /// What the check must say of a state of the file that it refuses: the first quotation in its text.
    pub fn refusal(&self, variant: &Variant) -> Option<String> {
        match variant {
            Variant::Starter => quotation(&self.task),
            Variant::Solution => None,
            Variant::Wrong(name) => quotation(self.wrong.get(name)?),
        }
    }
}

/// The id of the exercise in `folder`.
fn id(slug: &str, folder: &Path) -> String {
    format!("{slug}/{}", folder.file_name().unwrap_or_default().to_string_lossy())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// The first quotation of a Markdown text: its lines that begin with `>`, as one.
fn quotation(text: &str) -> Option<String> {
    let lines = text.lines().skip_while(|line| !line.starts_with('>')).map_while(|line| line.strip_prefix('>'));
    let lines: Vec<&str> = lines.map(str::trim).collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}
