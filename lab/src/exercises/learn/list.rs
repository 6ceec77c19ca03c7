//! The list of all exercises, to choose one.

use crate::exercises::{exercise::Exercise, learner::Progress};
use ratatui::{
    layout::Rect,
    style::Stylize,
    text::{Line, Text},
    widgets::Paragraph,
};

/// The list, while it is shown.
pub struct List {
    /// The line that is chosen.
    pub chosen: usize,
}

impl List {
    /// Chooses a line further up.
    pub fn up(&mut self, lines: usize) {
        self.chosen = self.chosen.saturating_sub(lines);
    }

    /// Chooses a line further down, of so many.
    pub fn down(&mut self, lines: usize, count: usize) {
        self.chosen = self.chosen.saturating_add(lines).min(count.saturating_sub(1));
    }

    /// Its lines, as many as fit into `area`, the chosen one among them.
    pub fn lines(&self, exercises: &[Exercise], progress: &Progress, area: Rect) -> Paragraph<'static> {
        let line = |(place, exercise): (usize, &Exercise)| {
            let arrow = if place == self.chosen { ">" } else { " " };
            let (mark, Exercise { id, minutes, title, .. }) = (progress.mark(exercise), exercise);
            let line = Line::from(format!("{arrow} [{mark}] {id:24} {minutes:2} min  {title}"));
            if place == self.chosen { line.reversed() } else { line }
        };
        let first = (self.chosen + 1).saturating_sub(area.height.into());
        Paragraph::new(Text::from(exercises.iter().enumerate().skip(first).map(line).collect::<Vec<_>>()))
    }

    /// Where the chosen line is.
    pub fn position(&self, count: usize) -> String {
        format!("{} of {count}", self.chosen + 1)
    }
}
