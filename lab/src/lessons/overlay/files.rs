//! The files of a lesson and its module that a reader may change on a page.

use crate::course::Course;
use anyhow::{Context, Result};
use std::path::Path;
use walkdir::WalkDir;

/// Their paths in the course: what is built into a scene. A program that no scene runs would answer nothing.
pub fn files(course: &Course, slug: &str) -> Result<Vec<String>> {
    let folders = [Some(course.lesson(slug).join("src")), course.module(slug)];
    let entries = folders.iter().flatten().flat_map(|folder| WalkDir::new(folder).sort_by_file_name());
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("read the files of {slug}"))?;
        let path = entry.path().strip_prefix(&course.root)?;
        if entry.file_type().is_file() && is_played(path) {
            files.push(path.to_str().context("a file's name")?.to_string());
        }
    }
    Ok(files)
}

/// The lesson that a file of the course belongs to, if it is one of [`files`].
pub fn lesson_of(course: &Course, file: &str) -> Option<String> {
    let slug = file.split('/').nth(1)?;
    let is_lesson = course.slugs().is_ok_and(|slugs| slugs.iter().any(|other| other == slug));
    let found = is_lesson && files(course, slug).is_ok_and(|files| files.iter().any(|other| other == file));
    found.then(|| slug.to_string())
}

fn is_played(path: &Path) -> bool {
    let is_code = path.extension().is_some_and(|kind| ["rs", "c", "h"].iter().any(|code| kind == *code));
    let is_other = path.parent().is_some_and(|folder| folder.ends_with("src/bin")) && !path.ends_with("crash.rs");
    is_code && !is_other
}
