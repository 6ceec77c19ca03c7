//! What a reader wants to know of a chapter before they begin it: what it is about, how long it takes, what it has.

use crate::{
    book::output::checked,
    course::Course,
    exercises::exercise::Exercise,
    vm::kernels::{KNOWN, Known},
};
use anyhow::{Context, Result};
use std::fs;

/// How many words of prose a reader takes in, in a minute.
const WORDS: usize = 200;

/// How many listings and outputs a reader looks at, in a minute.
const BLOCKS: usize = 3;

/// All chapters in Markdown, by the parts of the book: what each is about, and what it takes.
pub fn table(course: &Course) -> Result<String> {
    let summary = fs::read_to_string(course.book().join("SUMMARY.md")).context("read book/SUMMARY.md")?;
    let slugs = course.slugs()?;
    let mut table = String::new();
    let mut part = None;
    for line in summary.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            part = Some(title);
        }
        let listed = slugs.iter().find(|slug| line.ends_with(&format!("]({slug}.md)")));
        let Some(slug) = listed else { continue };
        if let Some(title) = part.take() {
            table += &format!("### {title}\n\n");
        }
        table += &entry(course, slug, line.trim_start_matches("- "))?;
    }
    Ok(table)
}

/// One chapter: its link, its description, its facts.
fn entry(course: &Course, slug: &str, link: &str) -> Result<String> {
    let about = about(course, slug)?;
    let checked = checked(course, slug)?;
    let kernels: Vec<String> = KNOWN
        .iter()
        .map(|Known { name, .. }| match checked.iter().any(|checked| checked == name) {
            true => format!("Linux {name} ✓"),
            false => format!("Linux {name}"),
        })
        .collect();
    Ok(format!(
        "- {link}. {about} <span class=\"facts\">{} to read · <span class=\"exercises\" data-chapter=\"{slug}\">{}</span> · <span class=\"kernels\" data-scene=\"{slug}\">{}</span></span>\n",
        minutes(reading(course, slug)?),
        exercises(course, slug)?,
        kernels.join(", ")
    ))
}

/// What a chapter is about.
pub fn about(course: &Course, slug: &str) -> Result<String> {
    let manifest =
        fs::read_to_string(course.lesson(slug).join("Cargo.toml")).context("read the lesson's Cargo.toml")?;
    let manifest: toml::Table = manifest.parse().context("parse the lesson's Cargo.toml")?;
    Ok(manifest["package"]["description"].as_str().unwrap_or_default().to_string())
}

/// The same about the chapter that one is reading, in HTML.
pub fn facts(course: &Course, slug: &str) -> Result<String> {
    Ok(format!(
        "<p class=\"facts\">About {} to read · <a href=\"#lab\">{}</a> · \
         <a href=\"notebooks/{slug}.html\">the same, cell by cell</a> · <a href=\"sources/{slug}.html\">all of its code</a></p>\n",
        minutes(reading(course, slug)?),
        exercises(course, slug)?
    ))
}

/// The exercises, and how long they take in all.
fn exercises(course: &Course, slug: &str) -> Result<String> {
    let exercises = Exercise::of(course, slug)?;
    let time = exercises.iter().map(|exercise| exercise.minutes as usize).sum();
    let noun = if exercises.len() == 1 { "exercise" } else { "exercises" };
    Ok(format!("{} {noun}, {}", exercises.len(), minutes(time)))
}

fn minutes(minutes: usize) -> String {
    format!("{minutes} min")
}

/// How long a chapter takes to read, in minutes, rounded to five.
fn reading(course: &Course, slug: &str) -> Result<usize> {
    let path = course.book().join(slug).with_extension("md");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let minutes = estimate(&text);
    Ok((minutes + 2) / 5 * 5)
}

fn estimate(text: &str) -> usize {
    let is_block = |line: &&str| line.starts_with("{{#include") || line.starts_with("<!-- cmdrun");
    let blocks = text.lines().filter(is_block).count();
    let prose = text.lines().filter(|line| !is_block(line) && !line.starts_with("```"));
    let words: usize = prose.map(|line| line.split_whitespace().count()).sum();
    words / WORDS + blocks / BLOCKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_and_blocks_take_time() {
        let prose = "word ".repeat(400);
        let blocks = "```rust\n{{#include ../x.rs:y}}\n```\n<!-- cmdrun ../lab/output x --part \"y\" -->\n".repeat(3);
        assert_eq!(estimate(&format!("{prose}\n{blocks}")), 4);
    }
}
