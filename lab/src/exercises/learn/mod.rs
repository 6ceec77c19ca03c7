//! `cargo lab learn`: the learner's loop. It shows an exercise, watches their copy of it, and checks it on every save.

mod keys;
mod list;
mod outside;
mod page;
mod screen;
mod watch;

use crate::{
    course::Course,
    exercises::{
        chapter,
        exercise::Exercise,
        learner::Learner,
        verify::{self, Checker},
    },
    report::{
        diff, spinner,
        verdict::{Mistake, is_fault},
    },
};
use anyhow::{Context, Result, bail};
use keys::Keyboard;
use page::Found;
use ratatui::{DefaultTerminal, crossterm::event::KeyCode};
use screen::Screen;
use std::{
    env, fs,
    io::IsTerminal,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};
use watch::Watch;

/// What can happen.
enum Event {
    Key(KeyCode),
    /// The terminal has another size.
    Resized,
    /// A file in the exercise's folder was saved.
    Saved,
    /// A check of this text of the learner's file has ended.
    Checked {
        id: String,
        text: String,
        found: Found,
    },
}

/// How often the screen is drawn while nothing happens.
const TICK: Duration = Duration::from_millis(100);

/// A file that is not there for so many ticks is gone. Many editors remove the old file before they write the new one.
const GONE: u32 = 10;

/// Which exercise.
#[derive(clap::Args)]
pub struct Options {
    /// Exercise, as SLUG/NAME, or SLUG for the first of its lesson; the one at hand if none is named
    exercise: Option<String>,
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        bail!(Mistake("learn needs a terminal; `cargo lab verify` does the same without one".into()));
    }
    let course = Course::find()?;
    let learner = Learner::of(&course);
    let exercise = verify::one(&course, &learner, options.exercise.as_deref())?;
    let exercises = Exercise::chosen(&course, &[])?;
    // Before the screen: it may take a while, and says so.
    let checker = Arc::new(Checker::new(&course)?);
    spinner::hush();
    let (sender, events) = mpsc::channel();
    let keyboard = Keyboard::read(sender.clone());
    let mut terminal = ratatui::try_init().context("prepare the terminal")?;
    let mut session = Session {
        course,
        exercises,
        learner: Arc::new(learner),
        checker,
        sender,
        checking: None,
        checked: None,
        missing: 0,
        watch: None,
    };
    let ended = session.run(exercise, &events, &keyboard, &mut terminal);
    ratatui::restore();
    ended?;
    Ok(ExitCode::SUCCESS)
}

struct Session {
    course: Course,
    exercises: Vec<Exercise>,
    learner: Arc<Learner>,
    checker: Arc<Checker>,
    sender: Sender<Event>,
    /// Since when a check has been running.
    checking: Option<Instant>,
    /// Which exercise was checked last, and with which text.
    checked: Option<(String, String)>,
    /// For how many ticks the learner's copy has not been there.
    missing: u32,
    /// Ends when dropped.
    watch: Option<Watch>,
}

impl Session {
    fn run(
        &mut self,
        exercise: Exercise,
        events: &Receiver<Event>,
        keyboard: &Keyboard,
        terminal: &mut DefaultTerminal,
    ) -> Result<()> {
        let mut screen = self.open(exercise)?;
        loop {
            screen.checking = self.checking.map(|since| since.elapsed());
            terminal.draw(|frame| screen.draw(frame))?;
            match events.recv_timeout(TICK) {
                Ok(Event::Key(KeyCode::Char('q'))) => return Ok(()),
                Ok(Event::Key(key)) => {
                    self.press(key, &mut screen, terminal)?;
                    keyboard.go_on();
                }
                Ok(Event::Resized) => keyboard.go_on(),
                Ok(Event::Saved) => self.check(&screen.page.exercise)?,
                Ok(Event::Checked { id, text, found }) => {
                    self.checking = None;
                    if id == screen.page.exercise.id {
                        self.show(&mut screen, &text, found)?;
                    }
                    self.checked = Some((id, text));
                    // It may have been saved meanwhile.
                    self.check(&screen.page.exercise)?;
                }
                Err(RecvTimeoutError::Timeout) => self.look_for_the_file(&mut screen)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Shows an exercise, watches the learner's copy, and checks it as it is.
    fn open(&mut self, exercise: Exercise) -> Result<Screen> {
        let attempt = self.learner.begin(&exercise)?;
        let folder = attempt.file.parent().context("the exercise's folder")?;
        let saved = self.sender.clone();
        self.watch = Some(Watch::start(folder, move || saved.send(Event::Saved).is_ok())?);
        let progress = self.learner.progress()?;
        let outdated = progress.is_outdated(&exercise)?;
        let (file, chapter) = (short(&attempt.file), short(&outside::page(&self.course, exercise.slug())));
        let screen = Screen::new(exercise, [file, chapter], progress, outdated, self.exercises.clone());
        self.checked = None;
        self.missing = 0;
        self.check(&screen.page.exercise)?;
        Ok(screen)
    }

    /// Shows what came of a check of `text`.
    fn show(&mut self, screen: &mut Screen, text: &str, found: Found) -> Result<()> {
        let page = &mut screen.page;
        page.change = diff::unified(&fs::read_to_string(page.exercise.starter())?, text, diff::CONTEXT);
        page.progress = self.learner.progress()?;
        if let Found::Passed(_) = found {
            page.done = chapter::done(&self.course, page.exercise.slug(), &self.exercises, &page.progress)?;
            screen.note = page
                .done
                .is_some()
                .then(|| "that was the last of its chapter: the end of this page says what next".into());
        }
        page.found = Some(found);
        screen.go_to_top();
        Ok(())
    }

    /// Notices that the learner's copy is gone, and that it is there again.
    fn look_for_the_file(&mut self, screen: &mut Screen) -> Result<()> {
        let is_there = self.learner.file(&screen.page.exercise).exists();
        if is_there && self.missing >= GONE {
            // Its folder may be another one now, and is watched anew.
            *screen = self.open(screen.page.exercise.clone())?;
        }
        self.missing = if is_there { 0 } else { self.missing + 1 };
        if self.missing == GONE {
            screen.page.found = Some(Found::Gone);
            self.checked = None;
        }
        Ok(())
    }

    /// Checks the learner's copy in the background, unless that runs already or nothing was changed since.
    fn check(&mut self, exercise: &Exercise) -> Result<()> {
        let file = self.learner.file(exercise);
        // An editor may be between removing the old file and writing the new one.
        let Ok(text) = fs::read_to_string(&file) else { return Ok(()) };
        let same = self.checked.as_ref().is_some_and(|(id, last)| *id == exercise.id && *last == text);
        if self.checking.is_some() || same {
            return Ok(());
        }
        self.checking = Some(Instant::now());
        let attempt = self.learner.begin(exercise)?;
        let (learner, checker, sender) = (Arc::clone(&self.learner), Arc::clone(&self.checker), self.sender.clone());
        thread::spawn(move || {
            let found = match checker.check(&learner, &attempt, &()) {
                Ok(passed) => Found::Passed(passed),
                Err(error) if is_fault(&error) => Found::Fault(format!("{error:#}")),
                Err(error) => Found::Broken(format!("{error:#}")),
            };
            let _ = sender.send(Event::Checked { id: attempt.exercise.id, text, found });
        });
        Ok(())
    }
}

/// A path as somebody here would type it.
fn short(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
