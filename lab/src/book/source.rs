//! `book/sources/SLUG.md`: all code of a chapter on one page, for whoever follows a listing to its place.

use crate::{book::anchors, course::Course, notebooks::notebook::fenced};
use anyhow::{Context, Result};
use regex::Regex;
use std::{collections::BTreeSet, fs, path::Path};
use walkdir::WalkDir;

/// The page: a section for each file, cut where an anchor begins, so that a link can lead there.
pub fn page(course: &Course, slug: &str) -> Result<String> {
    course.chosen(&[slug.to_string()])?;
    let mut page = format!(
        "# {slug}: all of its code\n\nThe program and the module of [the chapter](../{slug}.md), and what it shows of the code \
         that chapters share. `cargo lab run {slug}` builds and runs them.\n\n"
    );
    for file in files(course, slug)? {
        let text = fs::read_to_string(course.root.join(&file)).with_context(|| format!("read {file}"))?;
        page += &format!("## `{file}` {{#{}}}\n\n<div class=\"source\">\n\n", id(&file, None));
        page += &blocks(&file, &text);
        page += "</div>\n\n";
    }
    Ok(page)
}

/// Where a listing stands on the page.
pub fn id(file: &str, anchor: Option<&str>) -> String {
    let file = file.replace(['/', '.'], "-");
    anchor.map_or(file.clone(), |anchor| format!("{file}--{anchor}"))
}

/// The files on the page of a chapter, by their paths in the course: its own, then those of others that it shows.
fn files(course: &Course, slug: &str) -> Result<Vec<String>> {
    let folders = [course.lesson(slug).join("src"), course.root.join("kmods").join(slug)];
    let own = folders.iter().flat_map(|folder| WalkDir::new(folder).sort_by_file_name()).filter_map(Result::ok);
    let mut files: Vec<String> = own
        .filter(|entry| language(entry.path()).is_some())
        .map(|entry| Ok(entry.path().strip_prefix(&course.root)?.display().to_string()))
        .collect::<Result<_>>()?;
    let chapter = course.book().join(slug).with_extension("md");
    let text = fs::read_to_string(&chapter).with_context(|| format!("read {}", chapter.display()))?;
    let shown: BTreeSet<String> =
        included(&text).into_iter().filter(|file| language(Path::new(file)).is_some()).collect();
    let others: Vec<String> = shown.into_iter().filter(|file| !files.contains(file)).collect();
    files.extend(others);
    Ok(files)
}

/// The files of the course that a page of the book includes.
fn included(text: &str) -> Vec<String> {
    let Ok(include) = Regex::new(r"\{\{#include \.\./([^}:]+)") else { return Vec::new() };
    include.captures_iter(text).map(|found| found[1].to_string()).collect()
}

/// How the book names the language of a file. None: it is no code.
fn language(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "rs" => Some("rust"),
        "c" | "h" => Some("c"),
        _ => None,
    }
}

/// A file in blocks of code: a new one begins, with a place to link to, wherever an anchor does.
fn blocks(file: &str, text: &str) -> String {
    let language = language(Path::new(file)).unwrap_or_default();
    let closed = |block: &str| if block.trim().is_empty() { String::new() } else { fenced(language, block) };
    let (mut blocks, mut block) = (String::new(), String::new());
    for line in text.lines() {
        if let Some(anchor) = anchors::begun(line) {
            blocks += &format!("{}<a id=\"{}\"></a>\n\n", closed(&block), id(file, Some(anchor)));
            block.clear();
        } else if !anchors::is_mark(line) {
            block += &format!("{line}\n");
        }
    }
    blocks + &closed(&block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_begins_where_an_anchor_does() {
        let text = "use x;\n\n// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n\nfn two() {}\n";
        assert_eq!(
            blocks("a/b.rs", text),
            "```rust\nuse x;\n```\n\n<a id=\"a-b-rs--one\"></a>\n\n```rust\nfn one() {}\n\nfn two() {}\n```\n\n"
        );
    }

    #[test]
    fn included_files_are_found() {
        assert_eq!(included("{{#include ../kmods/x/x.c:a}}\n{{#include figures/x.svg}}"), ["kmods/x/x.c"]);
    }
}
