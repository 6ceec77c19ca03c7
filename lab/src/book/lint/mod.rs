//! `cargo lab dev lint`: the rules that no compiler knows. First the sources, then the built book.

mod boxes;
mod chapter;
pub mod claims;
mod outline;
mod rhythm;
pub mod spelling;
mod unfinished;

use crate::{
    book::{directive, page},
    course::Course,
    figures::pictures,
};
use anyhow::{Context, Result};
use regex::Regex;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Runs the command. Prints each broken rule; fails if there is one.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let mut faults = sources(&course)?;
    if faults.is_empty() {
        page::build(&course, &course.pages())?;
        faults = page::faults(&course.pages())?;
        faults.extend(spelling::faults(&course)?);
    }
    // These keep no page from being built and looked at.
    faults.extend(releases(&course)?);
    for slug in course.slugs()? {
        faults.extend(chapter::order(&course, &slug));
    }
    faults.extend(unfinished::faults(&course)?);
    faults.iter().for_each(|fault| println!("{fault}"));
    println!("{} lessons checked, {} faults", course.slugs()?.len(), faults.len());
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is wrong with the sources.
fn sources(course: &Course) -> Result<Vec<String>> {
    let slugs = course.slugs()?;
    let summary = read(&course.book().join("SUMMARY.md"))?;
    let listed = listed(&summary)?;
    let mut faults = strays(course, &slugs)?;
    for slug in &slugs {
        faults.extend(chapter::faults(course, slug, &listed)?);
    }
    for page in pages(course)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "SUMMARY.md" && !listed.contains(&name) {
            faults.push(format!("book/{name} is not in SUMMARY.md"));
        }
        faults.extend(includes(&page)?);
        faults.extend(directive::faults(course, &page)?);
        faults.extend(outputs(&page)?);
    }
    faults.extend(
        listed
            .iter()
            .filter(|name| !course.book().join(name).exists())
            .map(|name| format!("SUMMARY.md lists {name}, which does not exist")),
    );
    faults.extend(configuration(course)?);
    faults.extend(pictures::faults(course)?);
    Ok(faults)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// The pages that SUMMARY.md links to.
fn listed(summary: &str) -> Result<BTreeSet<String>> {
    let link = Regex::new(r"\]\(([^)]+\.md)\)")?;
    Ok(link.captures_iter(summary).map(|link| link[1].trim_start_matches("./").to_string()).collect())
}

fn pages(course: &Course) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(course.book()).context("read book/")?;
    let mut pages: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|kind| kind == "md"))
        .collect();
    pages.sort();
    Ok(pages)
}

/// Modules, notebooks and exercises that belong to no lesson.
fn strays(course: &Course, slugs: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let parts =
        [("kmods", ""), ("notebooks", ".ipynb"), ("book/notebooks", ".md"), ("book/sources", ".md"), ("exercises", "")];
    for (folder, ending) in parts {
        for entry in fs::read_dir(course.root.join(folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let slug = name.strip_suffix(ending).unwrap_or(&name).to_string();
            let shared = ["include", "COPYING"].contains(&name.as_str());
            if !shared && !slugs.contains(&slug) {
                faults.push(format!("{folder}/{name} belongs to no lesson"));
            }
        }
    }
    Ok(faults)
}

/// What the pages say about releases without a source.
fn releases(course: &Course) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for page in pages(course)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        faults.extend(claims::faults(&format!("book/{name}"), &read(&page)?));
    }
    Ok(faults)
}

/// mdBook builds an include of a missing file or anchor without a word.
fn includes(page: &Path) -> Result<Vec<String>> {
    let include = Regex::new(r"\{\{#\w+ ([^}:]+)(?::([^}]*))?\}\}")?;
    let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut faults = Vec::new();
    for found in include.captures_iter(&read(page)?) {
        let path = page.with_file_name(&found[1]);
        let Ok(text) = fs::read_to_string(&path) else {
            faults.push(format!("book/{name} includes {}, which does not exist", &found[1]));
            continue;
        };
        let Some(anchor) = found
            .get(2)
            .map(|anchor| anchor.as_str())
            .filter(|anchor| !anchor.starts_with(|first: char| first.is_ascii_digit()))
        else {
            continue;
        };
        for mark in [format!("ANCHOR: {anchor}"), format!("ANCHOR_END: {anchor}")] {
            if !text.lines().any(|line| line.trim_end().trim_end_matches("*/").trim_end().ends_with(&mark)) {
                faults.push(format!("book/{name} includes {}, which has no {mark}", &found[0]));
            }
        }
    }
    Ok(faults)
}

/// A `text` block looks like something that the lab has printed, and the directives make their own, so none may stand here.
fn outputs(page: &Path) -> Result<Vec<String>> {
    let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = read(page)?;
    let lines: Vec<&str> = text.lines().collect();
    // What is included there was printed, too: a test compares it.
    let is_included = |line: &str| line.starts_with("{{#include ../driver/") && line.ends_with("/output.txt}}");
    let typed = lines.windows(2).filter(|pair| pair[0] == "```text" && !is_included(pair[1])).map(|pair| pair[1]);
    Ok(typed
        .map(|line| format!("book/{name}: a block of text is an output, and this line was typed: {line}"))
        .collect())
}

/// mdBook's default output folder is `book`, which would delete the sources; and it makes up pages that are missing.
fn configuration(course: &Course) -> Result<Vec<String>> {
    let settings: toml::Table = read(&course.root.join("book.toml"))?.parse().context("parse book.toml")?;
    let wanted = [
        ("book", "src", toml::Value::from("book")),
        ("build", "build-dir", toml::Value::from("target/book")),
        ("build", "create-missing", toml::Value::from(false)),
    ];
    let faulty = wanted
        .iter()
        .filter(|(table, key, value)| settings.get(*table).and_then(|table| table.get(*key)) != Some(value));
    Ok(faulty.map(|(table, key, value)| format!("book.toml does not say {key} = {value} under [{table}]")).collect())
}
