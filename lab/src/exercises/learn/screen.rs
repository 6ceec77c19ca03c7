//! What the learner sees: the exercise's page, the list of all, or the kernel's log; above it whether the exercise passes, and
//! below it the keys.

use super::{
    list::List,
    page::{Found, Page, verbatim},
};
use crate::exercises::{exercise::Exercise, learner::Progress};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Style, Stylize},
    text::{Line, Text},
    widgets::{Paragraph, Wrap},
};
use std::time::Duration;

/// The screen.
pub struct Screen {
    /// The exercise.
    pub page: Page,
    /// For how long a check has been running.
    pub checking: Option<Duration>,
    /// An answer to a key.
    pub note: Option<String>,
    /// The learner's copy, and the chapter's page.
    paths: [String; 2],
    exercises: Vec<Exercise>,
    view: View,
    /// The first row of the text that is seen.
    scroll: usize,
    /// The last hint is to come into view.
    wants_hint: bool,
    /// Whether it was in view when the page was drawn last.
    has_hint: bool,
}

/// What is shown between the head and the keys.
enum View {
    Page,
    List(List),
    /// The kernel's log of the last check.
    Log(String),
}

impl Screen {
    /// Shows `exercise`, whose copy and whose chapter are at these paths.
    pub fn new(
        exercise: Exercise,
        paths: [String; 2],
        progress: Progress,
        outdated: bool,
        exercises: Vec<Exercise>,
    ) -> Self {
        let page = Page { exercise, progress, found: None, change: String::new(), done: None, outdated };
        let (checking, note, view) = (None, None, View::Page);
        Screen { page, checking, note, paths, exercises, view, scroll: 0, wants_hint: false, has_hint: false }
    }

    /// Scrolls up, or chooses a line further up.
    pub fn up(&mut self, lines: usize) {
        match &mut self.view {
            View::List(list) => list.up(lines),
            _ => self.scroll = self.scroll.saturating_sub(lines),
        }
    }

    /// Scrolls down, or chooses a line further down.
    pub fn down(&mut self, lines: usize) {
        match &mut self.view {
            View::List(list) => list.down(lines, self.exercises.len()),
            _ => self.scroll = self.scroll.saturating_add(lines),
        }
    }

    /// Goes to the first line.
    pub fn go_to_top(&mut self) {
        self.up(usize::MAX);
    }

    /// Goes to the last line.
    pub fn go_to_end(&mut self) {
        self.down(usize::MAX);
    }

    /// Shows the list, or the page again.
    pub fn toggle_list(&mut self) {
        let here = self.exercises.iter().position(|exercise| exercise.id == self.page.exercise.id);
        self.view = match self.view {
            View::List(_) => View::Page,
            _ => View::List(List { chosen: here.unwrap_or_default() }),
        };
    }

    /// Shows the kernel's log from its end, or the page again.
    pub fn toggle_log(&mut self, log: String) {
        (self.view, self.scroll) = match self.view {
            View::Log(_) => (View::Page, 0),
            _ => (View::Log(log), usize::MAX),
        };
    }

    /// Shows the page again, or the list if that is the page.
    pub fn leave_or_list(&mut self) {
        match self.view {
            View::Log(_) => self.toggle_log(String::new()),
            _ => self.toggle_list(),
        }
    }

    /// The exercise that is chosen in the list.
    pub fn selected(&self) -> Option<Exercise> {
        match &self.view {
            View::List(list) => self.exercises.get(list.chosen).cloned(),
            _ => None,
        }
    }

    /// Whether the learner sees where the last hint begins.
    pub fn shows_hint(&self) -> bool {
        self.has_hint
    }

    /// Brings the last hint into view.
    pub fn show_hint(&mut self) {
        (self.view, self.wants_hint) = (View::Page, true);
    }

    /// Draws everything.
    pub fn draw(&mut self, frame: &mut Frame) {
        let rows = [Constraint::Length(2), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(2)];
        let [head, state, body, keys] = Layout::vertical(rows).areas(frame.area());
        frame.render_widget(Paragraph::new(self.head()), head);
        frame.render_widget(Paragraph::new(self.state()), state);
        self.has_hint = false;
        match &self.view {
            View::List(list) => {
                frame.render_widget(list.lines(&self.exercises, &self.page.progress, body), body);
            }
            View::Log(log) => self.draw_text(frame, body, verbatim(log), None),
            View::Page => {
                let lines = self.page.lines();
                self.draw_text(frame, body, lines.text, lines.hint);
            }
        }
        frame.render_widget(Paragraph::new(self.keys()), keys);
    }

    /// Draws a text, the last hint of which begins in line `hint`.
    fn draw_text(&mut self, frame: &mut Frame, area: Rect, text: Text<'static>, hint: Option<usize>) {
        let wrapped = |text| Paragraph::new(text).wrap(Wrap { trim: false });
        let before = |line| Text::from_iter(text.lines[..line].iter().cloned());
        let hint = hint.map(|line| wrapped(before(line)).line_count(area.width));
        if let (true, Some(row)) = (self.wants_hint, hint) {
            self.scroll = row;
        }
        self.wants_hint = false;
        let (paragraph, height) = (wrapped(text), usize::from(area.height));
        self.scroll = self.scroll.min(paragraph.line_count(area.width).saturating_sub(height));
        self.has_hint = hint.is_some_and(|row| (self.scroll..self.scroll + height).contains(&row));
        frame.render_widget(paragraph.scroll((u16::try_from(self.scroll).unwrap_or(u16::MAX), 0)), area);
    }

    /// What it is, and how far the learner is: in its chapter, and in all.
    fn head(&self) -> Text<'static> {
        let Page { exercise, progress, .. } = &self.page;
        let count = |exercises: &mut dyn Iterator<Item = &Exercise>| {
            exercises.fold((0, 0), |(passed, all), one| (passed + u32::from(progress.has_passed(one)), all + 1))
        };
        let own = count(&mut self.exercises.iter().filter(|one| one.slug() == exercise.slug()));
        let all = count(&mut self.exercises.iter());
        let passed = format!("  {}  passed: {}/{} here, {}/{} in all", exercise.id, own.0, own.1, all.0, all.1);
        let [file, chapter] = &self.paths;
        Text::from(vec![
            Line::from(vec![exercise.title.clone().bold(), passed.into()]),
            Line::from(format!("{file}  the chapter: {chapter}")).dim(),
        ])
    }

    /// One line: whether it passes.
    fn state(&self) -> Line<'static> {
        let word = |word: &'static str, colour| Line::styled(word, Style::new().fg(colour).bold());
        match (&self.checking, &self.page.found) {
            (Some(time), _) => Line::from(format!("checking … {:.1} s", time.as_secs_f64())).yellow(),
            (None, Some(Found::Passed(_))) => word("PASSED", Color::Green),
            (None, Some(Found::Fault(_))) => word("NOT YET", Color::Red),
            (None, Some(Found::Broken(_))) => word("THE LAB BROKE", Color::Yellow),
            (None, Some(Found::Gone)) => word("NO FILE", Color::Yellow),
            (None, None) => Line::from(""),
        }
    }

    fn keys(&self) -> Text<'static> {
        let (note, keys) = match &self.view {
            View::List(list) => (
                Some(list.position(self.exercises.len())),
                "Up Down Home End  choose   Enter  begin   l  back   q  quit",
            ),
            View::Log(_) => {
                (Some("the kernel's log of the last check".into()), "Up Down Home End  scroll   k  back   q  quit")
            }
            View::Page => (None, "h hint   e editor   k log   b chapter   n next   l list   r reset   q quit"),
        };
        let note = self.note.clone().or(note).unwrap_or_default();
        Text::from(vec![Line::from(note), Line::from(keys).dim()])
    }
}
