//! Where everything lies in the picture of a record. Time goes down, and a step that was recorded later never lies
//! higher. What is to the left and to the right is the two sides of the crossing: the user space of the first task, the
//! kernel, the user space of the second.

use crate::figures::trace::{
    record::{Record, Step, What},
    wrap::{mono, sans, wrapped},
};
use anyhow::{Result, ensure};

/// How wide the picture is; the page shows it at 350 pixels or more, where its text has 10.
pub const WIDTH: f64 = 400.0;
/// How wide the line of a task is, in both spaces.
pub const BAR: f64 = 6.0;
/// From one line of text to the next.
pub const LINE: f64 = 14.0;
/// How far a function lies within the one that called it.
const NEST: f64 = 8.0;
/// The room below a step.
const GAP: f64 = 4.0;
/// A function that ends needs no words.
const LEAVE: f64 = 5.0;
/// How much a sleep adds to that, so that it is a gap even if nothing happens meanwhile.
const SLEEP: f64 = 12.0;
/// The names of both spaces and of tasks, above the first step.
const HEAD: f64 = 23.0;

/// A piece from left to right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub left: f64,
    /// Where it ends.
    pub right: f64,
}

/// Where a task lies.
#[derive(Debug)]
pub struct Lane {
    /// Its user space; None: the record has nothing of it.
    pub user: Option<Span>,
    /// Whether it comes from the right.
    pub mirrored: bool,
}

/// Where a step lies.
#[derive(Debug)]
pub struct Row {
    /// Its top.
    pub top: f64,
    /// Where the next may begin.
    pub bottom: f64,
    /// What it says, in lines that fit.
    pub lines: Vec<String>,
}

/// Where everything lies.
#[derive(Debug)]
pub struct Layout {
    /// The kernel.
    pub kernel: Span,
    /// Each task.
    pub lanes: Vec<Lane>,
    /// Each step.
    pub rows: Vec<Row>,
    /// Each stretch between two headings: its top and its bottom.
    pub scenes: Vec<(f64, f64)>,
}

impl Layout {
    /// Finds a place for everything. There is room for two tasks.
    pub fn of(record: &Record) -> Result<Layout> {
        ensure!(record.tasks.len() <= 2, "a picture has room for two tasks, and these are {}", record.tasks.join(", "));
        let marked = |task| record.steps.iter().any(|step| step.task == Some(task) && !step.what.in_kernel());
        let width = if record.tasks.len() < 2 { 140.0 } else { 84.0 };
        let left = marked(0).then_some(Span { left: 1.0, right: width });
        let right = marked(1).then_some(Span { left: WIDTH - width, right: WIDTH - 1.0 });
        let kernel = Span {
            left: left.map_or(1.0, |user| user.right + 6.0),
            right: right.map_or(WIDTH - 1.0, |user| user.left - 6.0),
        };
        let mut lanes = vec![Lane { user: left, mirrored: false }];
        if record.tasks.len() == 2 {
            lanes.push(Lane { user: right, mirrored: true });
        }
        let mut layout = Layout { kernel, lanes, rows: Vec::new(), scenes: Vec::new() };
        layout.place(record);
        Ok(layout)
    }

    /// The left edge of a task's line in the kernel, that many functions deep.
    pub fn bar(&self, task: usize, depth: usize) -> f64 {
        let inwards = 8.0 + NEST * depth as f64;
        match self.lanes[task].mirrored {
            false => self.kernel.left + inwards,
            true => self.kernel.right - inwards - BAR,
        }
    }

    /// Where the words of a step in the kernel begin or, of a mirrored task, end.
    pub fn words(&self, task: usize, depth: usize) -> f64 {
        let bar = self.bar(task, depth);
        if self.lanes[task].mirrored { bar - 5.0 } else { bar + BAR + 5.0 }
    }

    /// How high the picture is.
    pub fn height(&self) -> f64 {
        self.scenes.last().map_or(HEAD, |(_, bottom)| bottom + 1.0)
    }

    fn place(&mut self, record: &Record) {
        let headed = record.steps.first().is_some_and(|step| step.task.is_none());
        let mut top = 1.0;
        let mut y = if headed { 1.0 } else { top + HEAD };
        // Below what was written last into each user space.
        let mut floor = [y; 2];
        for (at, step) in record.steps.iter().enumerate() {
            let Some(task) = step.task else {
                if at > 0 {
                    let lowest = floor.into_iter().fold(y, f64::max);
                    self.scenes.push((top, lowest + 4.0));
                    y = lowest + 9.0;
                }
                let row = self.row(step, y);
                top = row.bottom + 1.0;
                y = top + if at > 0 { 5.0 } else { HEAD };
                floor = [y; 2];
                self.rows.push(row);
                continue;
            };
            let row = if step.what.in_kernel() {
                let row = self.row(step, y);
                y = row.bottom;
                row
            } else {
                let row = self.row(step, y.max(floor[task]));
                floor[task] = row.bottom;
                let next = record.steps.get(at + 1);
                // A call begins beside what says in user space that it is made.
                let goes_on = next.is_some_and(|next| next.task == step.task && next.what.in_kernel());
                y = if goes_on { row.top } else { row.bottom };
                row
            };
            self.rows.push(row);
        }
        let lowest = floor.into_iter().fold(y, f64::max);
        self.scenes.push((top, lowest + 4.0));
    }

    fn row(&self, step: &Step, top: f64) -> Row {
        let (letter, room): (fn(char) -> f64, f64) = match (step.task, step.what.in_kernel()) {
            (None, _) => (sans, WIDTH - 16.0),
            (Some(task), false) => {
                (sans, self.lanes[task].user.map_or(0.0, |user| user.right - user.left) - BAR - 15.0)
            }
            (Some(task), true) => {
                let words = self.words(task, step.depth);
                let room = if self.lanes[task].mirrored { words - self.kernel.left } else { self.kernel.right - words };
                (mono, room - 2.0)
            }
        };
        let words = match &step.what {
            What::Mark(text) | What::Event(text) => text.clone(),
            What::Enter(function) | What::Call(function) => function.name.clone(),
            What::Leave(_) => String::new(),
            What::Sleep => "sleeps".into(),
            What::Wake(whom) => format!("wakes {whom}"),
        };
        let lines = wrapped(&words, room, letter);
        let height = match &step.what {
            What::Leave(_) => LEAVE,
            // An arrow lies below these words.
            What::Wake(_) => LINE + GAP + 8.0,
            What::Sleep => LINE + GAP + SLEEP,
            _ => LINE * lines.len() as f64 + GAP,
        };
        Row { top, bottom: top + height, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        Layout::of(&Record::parse(text).expect("a record")).expect("a layout")
    }

    #[test]
    fn later_is_never_higher() {
        let text = "a  /* one that is told at length, in many words */\na  f() {\na    g();\nb  /* two */\nb  h();\n\
                    /* another scene */\nb  h();\na  }\na  /* done */\n";
        let layout = layout(text);
        assert!(layout.rows.is_sorted_by(|a, b| a.top <= b.top), "{:?}", layout.rows);
        assert_eq!(layout.scenes.len(), 2);
        assert!(layout.scenes[0].1 < layout.scenes[1].0);
    }

    #[test]
    fn a_call_begins_beside_its_mark_and_a_mark_alone_has_a_row() {
        let rows = layout("/* a */\nf();\n/* b */\n/* c */\n").rows;
        assert_eq!(rows[0].top, rows[1].top);
        assert!(rows[1].top < rows[2].top && rows[2].top < rows[3].top);
    }

    #[test]
    fn three_tasks_are_too_many() {
        let record = Record::parse("a  f();\nb  f();\nc  f();\n").expect("a record");
        assert!(Layout::of(&record).expect_err("too many").to_string().contains("room for two tasks"));
    }

    #[test]
    fn a_task_that_was_never_in_user_space_has_none() {
        let layout =
            layout("softirq  signal_generate: sig=10\nthread  signal_deliver: sig=10\nthread  /* handler */\n");
        assert_eq!(layout.lanes[0].user, None);
        assert!(layout.lanes[1].user.is_some());
        assert_eq!(layout.kernel.left, 1.0);
    }
}
