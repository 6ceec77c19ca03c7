//! What the learner sees: the exercise, what came of the last check, the hints taken, and the keys.

use crate::exercises::{exercise::Exercise, learner::Progress, verify};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Text},
    widgets::{Paragraph, Wrap},
};
use std::time::Duration;

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It passes; with what the compiler warned of.
    Passed(String),
    /// It does not, and this is why.
    Fault(String),
    /// The lab could not tell.
    Broken(String),
}

/// The screen.
pub struct Screen {
    /// What is shown.
    pub exercise: Exercise,
    /// How far the learner is.
    pub progress: Progress,
    /// What came of the last check.
    pub found: Option<Found>,
    /// For how long a check has been running.
    pub checking: Option<Duration>,
    /// What the learner has changed in the starter, as of the last check.
    pub change: String,
    /// An answer to a key.
    pub note: Option<String>,
    /// The first line of the text that is seen.
    pub scroll: u16,
    file: String,
    outdated: bool,
    exercises: Vec<Exercise>,
    /// The line of the list that is chosen, while the list is shown.
    list: Option<usize>,
}

impl Screen {
    /// Shows `exercise`, whose copy is `file`.
    pub fn new(exercise: Exercise, file: String, progress: Progress, outdated: bool, exercises: Vec<Exercise>) -> Self {
        Screen {
            exercise,
            progress,
            found: None,
            checking: None,
            change: String::new(),
            note: None,
            scroll: 0,
            file,
            outdated,
            exercises,
            list: None,
        }
    }

    /// Scrolls up, or chooses a line further up.
    pub fn up(&mut self, lines: u16) {
        match &mut self.list {
            Some(line) => *line = line.saturating_sub(lines.into()),
            None => self.scroll = self.scroll.saturating_sub(lines),
        }
    }

    /// Scrolls down, or chooses a line further down.
    pub fn down(&mut self, lines: u16) {
        match &mut self.list {
            Some(line) => *line = (*line + usize::from(lines)).min(self.exercises.len().saturating_sub(1)),
            None => self.scroll = self.scroll.saturating_add(lines),
        }
    }

    /// Shows the list, or the exercise again.
    pub fn toggle_list(&mut self) {
        let here = self.exercises.iter().position(|exercise| exercise.id == self.exercise.id);
        self.list = if self.list.is_some() { None } else { here.or(Some(0)) };
    }

    /// The exercise that is chosen in the list.
    pub fn selected(&self) -> Option<Exercise> {
        self.exercises.get(self.list?).cloned()
    }

    /// Shows the hints, which come after what the check said.
    pub fn show_hints(&mut self) {
        self.list = None;
        self.scroll = 0;
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame) {
        let rows = [Constraint::Length(2), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(2)];
        let [head, state, body, keys] = Layout::vertical(rows).areas(frame.area());
        frame.render_widget(Paragraph::new(self.head()), head);
        frame.render_widget(Paragraph::new(self.state()), state);
        match self.list {
            Some(chosen) => frame.render_widget(self.list(chosen, body), body),
            None => self.draw_body(frame, body),
        }
        frame.render_widget(Paragraph::new(self.keys()), keys);
    }

    fn head(&self) -> Text<'static> {
        let passed = self.exercises.iter().filter(|exercise| self.progress.has_passed(exercise)).count();
        Text::from(vec![
            Line::from(vec![
                self.exercise.title.clone().bold(),
                format!("  {}  {passed}/{} passed", self.exercise.id, self.exercises.len()).into(),
            ]),
            Line::from(self.file.clone()).dim(),
        ])
    }

    /// One line: whether it passes.
    fn state(&self) -> Line<'static> {
        match (&self.checking, &self.found) {
            (Some(time), _) => Line::from(format!("checking … {:.1} s", time.as_secs_f64())).yellow(),
            (None, Some(Found::Passed(_))) => Line::styled("PASSED", Style::new().fg(Color::Green).bold()),
            (None, Some(Found::Fault(_))) => Line::styled("NOT YET", Style::new().fg(Color::Red).bold()),
            (None, Some(Found::Broken(_))) => Line::styled("THE LAB BROKE", Style::new().fg(Color::Yellow).bold()),
            (None, None) => Line::from(""),
        }
    }

    fn draw_body(&mut self, frame: &mut Frame, area: Rect) {
        let text = self.body();
        let paragraph = Paragraph::new(text).wrap(Wrap { trim: false });
        let lines = wrapped_height(&self.body(), area.width);
        self.scroll = self.scroll.min(lines.saturating_sub(area.height));
        frame.render_widget(paragraph.scroll((self.scroll, 0)), area);
    }

    /// What the check said, then the hints, then the task.
    fn body(&self) -> Text<'static> {
        let mut lines = Vec::new();
        let mut section = |title: Option<String>, text: &str| {
            lines.push(Line::from(""));
            lines.extend(title.map(|title| Line::from(title).bold()));
            lines.extend(text.trim_end().lines().map(|line| Line::from(line.replace('\t', "    "))));
        };
        if self.outdated {
            section(None, &verify::outdated(&self.exercise));
        }
        match &self.found {
            Some(Found::Passed(warnings)) => {
                if !warnings.is_empty() {
                    section(Some("The compiler warns".into()), warnings);
                }
                section(Some("What you changed".into()), &self.change);
                section(Some("Why it works".into()), &self.exercise.explanation);
            }
            Some(Found::Fault(why) | Found::Broken(why)) => section(None, why),
            None => {}
        }
        for (number, hint) in (1..).zip(self.progress.hints(&self.exercise)) {
            section(Some(format!("Hint {number} of {}", self.exercise.hints.len())), hint);
        }
        section(Some(format!("The task ({} minutes)", self.exercise.minutes)), &self.exercise.task);
        Text::from(lines)
    }

    fn list(&self, chosen: usize, area: Rect) -> Paragraph<'static> {
        let line = |(place, exercise): (usize, &Exercise)| {
            let mark = if self.progress.has_passed(exercise) { "x" } else { " " };
            let arrow = if place == chosen { ">" } else { " " };
            let line = Line::from(format!("{arrow} [{mark}] {:26} {}", exercise.id, exercise.title));
            if place == chosen { line.reversed() } else { line }
        };
        let first = (chosen + 1).saturating_sub(area.height.into());
        Paragraph::new(Text::from(self.exercises.iter().enumerate().skip(first).map(line).collect::<Vec<_>>()))
    }

    fn keys(&self) -> Text<'static> {
        let keys = match self.list {
            Some(_) => "Up Down  choose   Enter  begin   l  back   q  quit",
            None => "h  hint   n  next   l  list   r  reset   Up Down  scroll   q  quit",
        };
        Text::from(vec![Line::from(self.note.clone().unwrap_or_default()), Line::from(keys).dim()])
    }
}

/// How many rows a text takes when its long lines are broken at `width` columns; at least.
fn wrapped_height(text: &Text, width: u16) -> u16 {
    let rows = |line: &Line| line.width().div_ceil(usize::from(width.max(1))).max(1);
    u16::try_from(text.lines.iter().map(rows).sum::<usize>()).unwrap_or(u16::MAX)
}
