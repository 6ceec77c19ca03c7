//! The page of an exercise: what the check said, the hints, and the task.

use crate::exercises::{attempt::Passed, exercise::Exercise, learner::Progress, text::markdown, verify};
use ratatui::{
    style::Stylize,
    text::{Line, Text},
};

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It passes.
    Passed(Passed),
    /// It does not, and this is why.
    Fault(String),
    /// The lab could not tell.
    Broken(String),
    /// The learner's copy is not there any more.
    Gone,
}

/// The page of an exercise.
pub struct Page {
    /// What is shown.
    pub exercise: Exercise,
    /// How far the learner is.
    pub progress: Progress,
    /// What came of the last check.
    pub found: Option<Found>,
    /// What the learner has changed in the starter, as of the last check.
    pub change: String,
    /// What is said at the end of a chapter, if this is one.
    pub done: Option<String>,
    /// Whether the starter is another than the one that the learner began with.
    pub outdated: bool,
}

/// A page's lines, and the one in which the last hint begins.
pub struct Lines {
    /// All of them; long ones are yet to be broken.
    pub text: Text<'static>,
    /// That line's number.
    pub hint: Option<usize>,
}

impl Page {
    /// What the check said, then the hints, then the task.
    pub fn lines(&self) -> Lines {
        let mut text = Text::default();
        if self.outdated {
            section(&mut text, "", markdown::text(&verify::outdated(&self.exercise)));
        }
        match &self.found {
            Some(Found::Passed(passed)) => self.passed(&mut text, passed),
            Some(Found::Fault(why) | Found::Broken(why)) => section(&mut text, "", verbatim(why)),
            Some(Found::Gone) => {
                let said = "Your copy is not there any more. Put it back, or press r to begin anew.";
                section(&mut text, "", verbatim(said));
            }
            None => {}
        }
        let mut hint = None;
        for (number, said) in (1..).zip(self.progress.hints(&self.exercise)) {
            hint = Some(text.lines.len());
            let title = format!("Hint {number} of {}", self.exercise.hints.len());
            section(&mut text, &title, markdown::text(said));
        }
        let title = format!("The task ({} minutes)", self.exercise.minutes);
        section(&mut text, &title, markdown::text(&self.exercise.task));
        Lines { text, hint }
    }

    fn passed(&self, text: &mut Text<'static>, passed: &Passed) {
        if !passed.warnings.is_empty() {
            section(text, "The compiler warns", verbatim(&passed.warnings));
        }
        if !passed.printed.is_empty() {
            section(text, "It printed", verbatim(&passed.printed));
        }
        section(text, "What you changed", verbatim(&self.change));
        section(text, "Why it works", markdown::text(&self.exercise.explanation));
        if let Some(done) = &self.done {
            section(text, "", markdown::text(done));
        }
    }
}

/// Adds a section behind an empty line, under a title if it has one.
fn section(text: &mut Text<'static>, title: &str, body: Text<'static>) {
    text.push_line(Line::default());
    if !title.is_empty() {
        text.push_line(Line::from(title.to_string()).bold());
    }
    text.lines.extend(body.lines);
}

/// What a compiler or a program has written.
pub fn verbatim(said: &str) -> Text<'static> {
    said.trim_end().lines().map(|line| Line::from(line.replace('\t', "    "))).collect()
}
