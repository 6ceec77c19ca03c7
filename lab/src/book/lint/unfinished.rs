//! What only a person can finish, and has not: what a skeleton of `cargo lab dev new` marks with the word `TODO`, and
//! notebooks that were never run. Such a chapter can be built and looked at.

use crate::{course::Course, notebooks::notebook::Notebook};
use anyhow::Result;
use regex::Regex;
use std::fs;
use walkdir::WalkDir;

/// The folders that hold the chapters' parts.
const PARTS: [&str; 5] = ["book", "exercises", "kmods", "lessons", "notebooks"];

/// What is not finished, a line for each place.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    let mark = Regex::new(r"\bTODO\b")?;
    let mut faults = Vec::new();
    for part in PARTS {
        for entry in WalkDir::new(course.root.join(part)).sort_by_file_name().into_iter().filter_map(Result::ok) {
            // Pictures are no text.
            let Ok(text) = fs::read_to_string(entry.path()) else { continue };
            let name = entry.path().strip_prefix(&course.root)?.display();
            let marked = text.lines().enumerate().filter(|(_, line)| mark.is_match(line));
            faults
                .extend(marked.map(|(place, line)| format!("{name}:{}: still to be done: {}", place + 1, line.trim())));
        }
    }
    for slug in course.slugs()? {
        if Notebook::read(&course.notebook(&slug)).is_ok_and(|notebook| !notebook.was_run()) {
            faults.push(format!(
                "notebooks/{slug}.ipynb was never run: `cargo lab dev notebooks --bless {slug}` runs it"
            ));
        }
    }
    Ok(faults)
}
