//! An exercise as the book shows it: what it practises, and, folded away, the task, the solution and the wrong ones.

use crate::exercises::exercise::{Exercise, Side, Variant};
use anyhow::Result;
use std::fs;

/// The exercises of a lesson, in Markdown.
pub fn of(exercises: &[Exercise]) -> Result<String> {
    exercises.iter().map(Exercise::page).collect()
}

impl Exercise {
    fn page(&self) -> Result<String> {
        let place = match self.side {
            Side::User => "in user space",
            Side::Kernel => "in the kernel",
        };
        // What the page's script makes a desk of, where it may.
        let mut page = format!(
            "<div class=\"exercise\" data-exercise=\"{}\">\n\n**{}** ({place}, {} minutes). Practises {}\n\n```console\n$ cargo lab learn {}\n```\n\n",
            self.id,
            self.title,
            self.minutes,
            lower_first(&self.practises),
            self.id
        );
        page += &folded("task", "The task", &self.task);
        let solution = fs::read_to_string(self.patch(&Variant::Solution))?;
        let mut text = format!("```diff\n{}\n```\n\n{}", without_names(&solution), self.explanation);
        for (name, why) in &self.wrong {
            text += &format!("\n\n*Refused: {}.* {why}", name.replace('-', " "));
        }
        page += &folded("solution", "The solution, and what is refused", &text);
        page += "</div>\n\n";
        Ok(page)
    }
}

/// A passage that a click unfolds.
fn folded(class: &str, title: &str, text: &str) -> String {
    format!("<details class=\"{class}\">\n<summary>{title}</summary>\n\n{text}\n\n</details>\n\n")
}

/// A difference without the two lines that name the files.
fn without_names(diff: &str) -> &str {
    diff.find("@@").map_or(diff, |start| &diff[start..]).trim_end()
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
