//! `cargo lab dev preprocess`: a preprocessor of mdBook's, which hands it the book as JSON and takes it back; see "Preprocessors" in
//! mdBook's guide. It adds to the pages what their authors need not write: what a chapter takes ([`contents`]), its
//! sections, where each listing stands ([`listing`]), and links to manual pages and the kernel's documents ([`mod@reference`]).

mod listing;
mod reference;
mod sections;

use crate::{book::contents, course::Course};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{
    io::{stdin, stdout},
    process::ExitCode,
};

/// What mdBook asks.
#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    question: Option<Question>,
}

#[derive(clap::Subcommand)]
enum Question {
    /// Whether a renderer is supported: all are
    Supports {
        /// Its name
        renderer: String,
    },
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    if let Some(Question::Supports { renderer: _ }) = options.question {
        return Ok(ExitCode::SUCCESS);
    }
    let course = Course::find()?;
    let (_context, mut book): (Value, Value) =
        serde_json::from_reader(stdin()).context("read the book that mdBook hands over")?;
    for item in book["sections"].as_array_mut().context("a book without sections")? {
        prepare(&course, item)?;
    }
    serde_json::to_writer(stdout(), &book).context("give the book back")?;
    Ok(ExitCode::SUCCESS)
}

/// Prepares one item of the book, and those below it.
fn prepare(course: &Course, item: &mut Value) -> Result<()> {
    let Some(chapter) = item.get_mut("Chapter") else { return Ok(()) };
    let path = chapter["path"].as_str().unwrap_or_default().to_string();
    if let Some(content) = chapter["content"].as_str() {
        chapter["content"] = page(course, &path, content)?.into();
    }
    for item in chapter["sub_items"].as_array_mut().into_iter().flatten() {
        prepare(course, item)?;
    }
    Ok(())
}

/// Prepares the Markdown of one page.
fn page(course: &Course, path: &str, text: &str) -> Result<String> {
    let slug = path.trim_end_matches(".md");
    let text = reference::linked(text);
    let text = listing::captioned(course, slug, &text);
    if !course.slugs()?.iter().any(|other| other == slug) {
        return Ok(text);
    }
    let (title, rest) = text.split_once("\n\n").context("a chapter without a title")?;
    Ok(format!("{title}\n\n{}\n{}\n{rest}", contents::facts(course, slug)?, sections::list(rest)))
}
