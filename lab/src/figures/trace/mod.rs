//! The pictures of real crossings: each chapter's is drawn from the record that its lesson has printed on every kernel,
//! `lessons/SLUG/expected.txt`, and from nothing else.

mod drawing;
mod layout;
mod record;
mod sleep;
mod words;
mod wrap;

use crate::{
    build::manifest::Manifest,
    course::Course,
    figures::{chart, trace::record::Record},
    lessons::{part, scene::Scene},
};
use anyhow::{Context, Result};
use std::fs;

/// The name of a chapter's picture in `book/figures`.
pub fn name(slug: &str) -> String {
    format!("{slug}-trace.svg")
}

/// Draws a chapter's picture: of the part of the lesson's output that its Cargo.toml names by `trace`.
pub fn draw(course: &Course, slug: &str) -> Result<String> {
    let title = Manifest::of(&course.lesson(slug))?.trace;
    let title = title.with_context(|| {
        format!("lessons/{slug}/Cargo.toml does not name the part that is a record: `trace` in [package.metadata.lab]")
    })?;
    let golden = Scene::Story.golden(course, slug);
    let text = fs::read_to_string(&golden).with_context(|| format!("read {}", golden.display()))?;
    let part = part::select(&text, Some(&title)).with_context(|| format!("lessons/{slug}/expected.txt"))?;
    picture(slug, &title, &part).with_context(|| format!("lessons/{slug}/expected.txt, == {title}"))
}

fn picture(slug: &str, title: &str, part: &str) -> Result<String> {
    let record = Record::parse(part)?;
    let id = format!("{slug}-trace");
    let (inside, height) = drawing::draw(&id, &record)?;
    let described = drawing::escaped(&words::told(&record));
    let title = drawing::escaped(&format!("What the kernel recorded of {slug}: {title}"));
    Ok(chart::svg(&id, &title, &described, height, &inside))
}

/// What is wrong with a chapter's picture and its place in the page, for `cargo lab dev lint`.
pub fn faults(course: &Course, slug: &str) -> Vec<String> {
    let drawn = match draw(course, slug) {
        Ok(drawn) => drawn,
        Err(error) => return vec![format!("{error:#}")],
    };
    let name = name(slug);
    let mut faults = Vec::new();
    if fs::read_to_string(course.book().join("figures").join(&name)).ok().as_ref() != Some(&drawn) {
        faults.push(format!(
            "book/figures/{name} is not what lessons/{slug}/expected.txt gives: run `cargo lab dev draw`"
        ));
    }
    let page = fs::read_to_string(course.book().join(slug).with_extension("md")).unwrap_or_default();
    if !page.contains(&format!("{{{{#include figures/{name}}}}}")) {
        faults.push(format!("book/{slug}.md does not show figures/{name}"));
    }
    faults
}

#[cfg(test)]
mod tests;
