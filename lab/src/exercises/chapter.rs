//! The end of a chapter's exercises: what was practised, and what comes next.

use crate::{
    course::Course,
    exercises::{exercise::Exercise, learner::Progress},
};
use anyhow::{Context, Result};
use std::fs;

/// What is said to a learner who has passed all exercises of a chapter, in Markdown; nothing before.
pub fn done(course: &Course, slug: &str, all: &[Exercise], progress: &Progress) -> Result<Option<String>> {
    let own: Vec<&Exercise> = all.iter().filter(|exercise| exercise.slug() == slug).collect();
    if !own.iter().all(|exercise| progress.has_passed(exercise)) {
        return Ok(None);
    }
    let title = title(course, slug)?;
    let mut text = format!("**You have passed all exercises of the chapter \"{title}\".** You have practised:\n\n");
    for exercise in own {
        text += &format!("- {}: {}\n", exercise.title, exercise.practises.trim_end_matches('.'));
    }
    text += &format!("\nWhat to read next: the section \"Further reading\" of `book/{slug}.md`.");
    let order = course.reading_order()?;
    let has_more = |slug: &str| all.iter().any(|exercise| exercise.slug() == slug && !progress.has_passed(exercise));
    let place = order.iter().position(|other| other == slug).map_or(0, |place| place + 1);
    let (before, after) = order.split_at(place);
    text += &match after.iter().chain(before).find(|other| has_more(other)) {
        Some(next) => {
            format!(" Then the chapter `book/{next}.md`, whose exercises begin with `cargo lab learn {next}`.")
        }
        None => " You have passed every exercise of the book.".to_string(),
    };
    Ok(Some(text))
}

/// A chapter's title in the book's table of contents.
fn title(course: &Course, slug: &str) -> Result<String> {
    let summary = fs::read_to_string(course.book().join("SUMMARY.md")).context("read book/SUMMARY.md")?;
    let mut titles = summary.lines().filter_map(|line| line.strip_suffix(&format!("]({slug}.md)"))?.split_once('['));
    Ok(titles.next().map_or(slug, |(_, title)| title).to_string())
}
