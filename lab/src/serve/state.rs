//! What is known of each output, and how readers are told: one JSON object for each message, see [`Message`].

use crate::{
    course::Course,
    lessons::{run::has_passed, scene::Scene},
    report::verdict::Verdict,
    vm::kernels::{IN_BOOK, there},
};
use anyhow::Result;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::sync::broadcast;

/// The version of the messages. The page's script ignores one that it does not know.
const VERSION: u32 = 1;

/// So many messages may wait for a reader; a slower one misses some, and is told the whole state with the next.
const WAITING: usize = 64;

/// A message to the readers' pages.
#[derive(Clone, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Message {
    /// All that is known.
    State {
        /// See [`VERSION`].
        version: u32,
        /// How many runs are still to come, those that run now included.
        left: usize,
        /// What runs now: `ioctl on Linux 6.12`.
        running: Vec<String>,
        /// What is known of each scene, on each kernel.
        scenes: BTreeMap<String, BTreeMap<String, Known>>,
        /// What is being prepared for them to run, if anything is.
        step: Option<String>,
        /// Why the pages are older than their sources, if they are.
        trouble: Option<String>,
        /// How far the reader is with the exercises of each chapter. Who may not run anything is not told.
        exercises: BTreeMap<String, Practised>,
    },
    /// These pages are others now.
    Pages {
        /// See [`VERSION`].
        version: u32,
        /// Their addresses in the book.
        changed: Vec<String>,
    },
}

/// What is known of a scene on a kernel.
#[derive(Clone, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Known {
    /// It will run.
    Waiting,
    /// It runs.
    Running,
    /// It printed what it should, at this time in seconds since 1970.
    Passed {
        /// When.
        at: u64,
    },
    /// It did not.
    Failed {
        /// When.
        at: u64,
        /// The difference, or what the compiler or the kernel said.
        why: String,
    },
    /// Nobody can tell: the lab broke.
    Broken {
        /// When.
        at: u64,
        /// What happened.
        why: String,
    },
}

/// How far the reader is with a chapter's exercises.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Practised {
    /// So many have passed.
    pub passed: usize,
    /// So many there are.
    pub of: usize,
}

/// A scene on a kernel.
pub type Run = (String, String);

/// All that is known at a time.
#[derive(Default)]
struct Now {
    /// Of each scene, by its name, and on each kernel, by that one's.
    scenes: BTreeMap<String, BTreeMap<String, Known>>,
    step: Option<String>,
    trouble: Option<String>,
    exercises: BTreeMap<String, Practised>,
}

impl Message {
    /// As one hears it who may only read.
    pub fn without_exercises(mut self) -> Self {
        if let Message::State { exercises, .. } = &mut self {
            exercises.clear();
        }
        self
    }
}

impl Now {
    /// What is known of a scene on a kernel.
    fn known(&mut self, (scene, kernel): &Run) -> &mut Known {
        self.scenes.entry(scene.clone()).or_default().entry(kernel.clone()).or_insert(Known::Waiting)
    }
}

/// The state that all pages share.
pub struct State {
    /// Guards all that is known.
    now: Mutex<Now>,
    messages: broadcast::Sender<Message>,
}

impl State {
    /// What earlier runs have left; the others wait, if they will be `checked`.
    pub fn new(course: &Course, checked: bool) -> Result<Self> {
        let mut scenes: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
        for slug in course.slugs()? {
            for kernel in there() {
                let known = match has_passed(course, &slug, &kernel).unwrap_or(false) {
                    true => Known::Passed { at: seconds() },
                    false if checked && IN_BOOK.contains(&kernel.name.as_str()) => Known::Waiting,
                    false => continue,
                };
                for scene in Scene::all(course, &slug) {
                    scenes.entry(scene.name(&slug)).or_default().insert(kernel.name.clone(), known.clone());
                }
            }
        }
        let now = Now { scenes, ..Now::default() };
        Ok(State { now: Mutex::new(now), messages: broadcast::channel(WAITING).0 })
    }

    /// All that is known now, and the messages from now on.
    pub fn subscribe(&self) -> (Message, broadcast::Receiver<Message>) {
        let messages = self.messages.subscribe();
        (self.message(), messages)
    }

    /// These will run.
    pub fn wait(&self, runs: &[Run]) {
        self.change(|now| runs.iter().for_each(|run| *now.known(run) = Known::Waiting));
    }

    /// This runs.
    pub fn begin(&self, run: &Run) {
        self.change(|now| *now.known(run) = Known::Running);
    }

    /// This has come of it.
    pub fn end(&self, run: &Run, verdict: &Verdict) {
        let at = seconds();
        let known = match verdict {
            Verdict::Passed => Known::Passed { at },
            Verdict::Failed(why) => Known::Failed { at, why: why.clone() },
            Verdict::Broken(why) => Known::Broken { at, why: why.clone() },
        };
        self.change(|now| *now.known(run) = known);
    }

    /// This stands as it did when it passed.
    pub fn is_right(&self, run: &Run) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(now.known(run), Known::Passed { .. }) {
            drop(now);
            self.end(run, &Verdict::Passed);
        }
    }

    /// What is being prepared for the lessons to run; none: it is ready.
    pub fn prepare(&self, step: Option<&str>) {
        self.change(|now| now.step = step.map(str::to_string));
    }

    /// The reader is so far.
    pub fn practise(&self, exercises: BTreeMap<String, Practised>) {
        let is_new = self.now.lock().unwrap_or_else(PoisonError::into_inner).exercises != exercises;
        if is_new {
            self.change(|now| now.exercises = exercises);
        }
    }

    /// The book was built, and these pages are others now.
    pub fn built(&self, changed: Vec<String>) {
        self.change(|now| now.trouble = None);
        if !changed.is_empty() {
            self.tell(Message::Pages { version: VERSION, changed });
        }
    }

    /// The book could not be built: the pages stay as they are.
    pub fn not_built(&self, why: &str) {
        eprintln!("lab: the pages stay as they are: {why}");
        self.change(|now| now.trouble = Some(why.to_string()));
    }

    fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner));
        self.tell(self.message());
    }

    /// Tells all readers; there may be none.
    fn tell(&self, message: Message) {
        let _ = self.messages.send(message);
    }

    /// The whole state.
    pub fn message(&self) -> Message {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = || {
            now.scenes
                .iter()
                .flat_map(|(scene, kernels)| kernels.iter().map(move |(kernel, known)| (scene, kernel, known)))
        };
        let running = runs().filter(|(.., known)| matches!(known, Known::Running));
        Message::State {
            version: VERSION,
            left: runs().filter(|(.., known)| matches!(known, Known::Waiting | Known::Running)).count(),
            running: running.map(|(scene, kernel, _)| format!("{scene} on Linux {kernel}")).collect(),
            scenes: now.scenes.clone(),
            step: now.step.clone(),
            trouble: now.trouble.clone(),
            exercises: now.exercises.clone(),
        }
    }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}
