//! `cargo lab learn`: the learner's loop. It shows an exercise, watches their copy of it, and checks it on every save.

mod screen;
mod watch;

use crate::{
    course::Course,
    exercises::{
        exercise::Exercise,
        learner::Learner,
        verify::{self, Checker},
    },
    report::{
        diff,
        verdict::{Mistake, is_fault},
    },
};
use anyhow::{Context, Result, bail};
use ratatui::crossterm::event::{self, KeyCode, KeyEventKind, KeyModifiers};
use screen::{Found, Screen};
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
    let (sender, events) = mpsc::channel();
    let keys = sender.clone();
    thread::spawn(move || while read_terminal(&keys).is_ok() {});
    let mut session =
        Session { exercises, learner: Arc::new(learner), checker, sender, checking: None, checked: None, watch: None };
    let mut terminal = ratatui::try_init().context("prepare the terminal")?;
    let ended = session.run(exercise, &events, &mut terminal);
    ratatui::restore();
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the next key or change of size. Fails when nobody listens any more.
fn read_terminal(sender: &Sender<Event>) -> Result<()> {
    let event = match event::read()? {
        event::Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Event::Key(KeyCode::Char('q')),
            code => Event::Key(code),
        },
        event::Event::Resize(..) => Event::Resized,
        _ => return Ok(()),
    };
    Ok(sender.send(event)?)
}

struct Session {
    exercises: Vec<Exercise>,
    learner: Arc<Learner>,
    checker: Arc<Checker>,
    sender: Sender<Event>,
    /// Since when a check has been running.
    checking: Option<Instant>,
    /// Which exercise was checked last, and with which text.
    checked: Option<(String, String)>,
    /// Ends when dropped.
    watch: Option<Watch>,
}

impl Session {
    fn run(
        &mut self,
        exercise: Exercise,
        events: &Receiver<Event>,
        terminal: &mut ratatui::DefaultTerminal,
    ) -> Result<()> {
        let mut screen = self.open(exercise)?;
        loop {
            screen.checking = self.checking.map(|since| since.elapsed());
            terminal.draw(|frame| screen.draw(frame))?;
            match events.recv_timeout(Duration::from_millis(100)) {
                Ok(Event::Key(KeyCode::Char('q'))) => return Ok(()),
                Ok(Event::Key(key)) => self.press(key, &mut screen)?,
                Ok(Event::Saved) => self.check(&screen.exercise)?,
                Ok(Event::Checked { id, text, found }) => {
                    self.checking = None;
                    if id == screen.exercise.id {
                        screen.change =
                            diff::unified(&fs::read_to_string(screen.exercise.starter())?, &text, diff::CONTEXT);
                        screen.found = Some(found);
                        screen.scroll = 0;
                    }
                    self.checked = Some((id, text));
                    screen.progress = self.learner.progress()?;
                    // It may have been saved meanwhile.
                    self.check(&screen.exercise)?;
                }
                Ok(Event::Resized) | Err(RecvTimeoutError::Timeout) => {}
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
        let file = short(&attempt.file);
        let screen = Screen::new(exercise, file, progress, outdated, self.exercises.clone());
        self.checked = None;
        self.check(&screen.exercise)?;
        Ok(screen)
    }

    fn press(&mut self, key: KeyCode, screen: &mut Screen) -> Result<()> {
        let exercise = screen.exercise.clone();
        match key {
            KeyCode::Up | KeyCode::Char('k') => screen.up(1),
            KeyCode::Down | KeyCode::Char('j') => screen.down(1),
            KeyCode::PageUp => screen.up(10),
            KeyCode::PageDown | KeyCode::Char(' ') => screen.down(10),
            KeyCode::Char('l') | KeyCode::Esc => screen.toggle_list(),
            KeyCode::Enter => {
                if let Some(chosen) = screen.selected() {
                    *screen = self.open(chosen)?;
                }
            }
            KeyCode::Char('h') => {
                self.learner.take_hint(&exercise)?;
                screen.progress = self.learner.progress()?;
                screen.show_hints();
            }
            KeyCode::Char('n') => {
                let next = screen.progress.next(&self.exercises, &exercise).cloned();
                match next {
                    Some(next) => *screen = self.open(next)?,
                    None => screen.note = Some("there is no other exercise that has not passed".into()),
                }
            }
            KeyCode::Char('r') => {
                let kept = self.learner.reset(&exercise)?;
                *screen = self.open(exercise)?;
                screen.note = Some(match kept {
                    Some(kept) => format!("begun anew; what you had is in {}", short(&kept)),
                    None => "it is as it was at first".into(),
                });
            }
            _ => {}
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
            let found = match checker.check(&learner, &attempt) {
                Ok(warnings) => Found::Passed(warnings),
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
