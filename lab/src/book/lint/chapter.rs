//! What a chapter must have, and must not: its lesson, module, page, notebook and exercises.

use super::{boxes, outline, rhythm};
use crate::{
    course::{Course, package},
    exercises::exercise::{Exercise, Side},
    figures::{measure, trace},
    lessons::{part, scene::Scene},
    notebooks::notebook::Notebook,
};
use anyhow::Result;
use lesson::cost::has_figure;
use std::{collections::BTreeSet, fs};

/// What may stand in a lesson's folder; the others are optional.
const LESSON: [&str; 8] =
    ["Cargo.toml", "compare.c", "crash.txt", "expected.i686.txt", "expected.txt", "measured.json", "src", "tests"];

/// The sections of a chapter, in order: a section's title begins with these words.
const SECTIONS: [&str; 12] = [
    "What you will be able to do",
    "The idea",
    "A first run",
    "User side",
    "Kernel side",
    "What goes wrong",
    "Under the hood",
    "What it costs",
    "How the widely copied version fails",
    "In short",
    "Lab",
    "Further reading",
];

/// What is wrong with a chapter, given the pages that SUMMARY.md lists.
pub fn faults(course: &Course, slug: &str, listed: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut faults = lesson(course, slug);
    faults.extend(module(course, slug));
    faults.extend(page(course, slug, listed)?);
    faults.extend(trace::faults(course, slug));
    faults.extend(notebook(course, slug, listed));
    faults.extend(exercises(course, slug)?);
    Ok(faults)
}

fn lesson(course: &Course, slug: &str) -> Vec<String> {
    let folder = course.lesson(slug);
    let mut faults: Vec<String> = ["Cargo.toml", "expected.txt", "src/lib.rs", "src/main.rs", "src/story/mod.rs"]
        .iter()
        .filter(|file| !folder.join(file).is_file())
        .map(|file| format!("lessons/{slug}/{file} is missing"))
        .collect();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !LESSON.contains(&name.as_str()) {
            faults.push(format!("lessons/{slug}/{name} is not part of a lesson"));
        }
    }
    for scene in Scene::all(course, slug) {
        let golden = scene.golden(course, slug);
        if fs::read_to_string(&golden).is_ok_and(|text| has_figure(&text)) {
            let file = golden.file_name().unwrap_or_default().to_string_lossy();
            faults.push(format!(
                "lessons/{slug}/{file} holds a measured figure: speed is shown and never compared; `cargo lab dev bless {slug}` \
                 leaves it out"
            ));
        }
    }
    if slug != measure::LESSON {
        for (file, what) in [("compare.c", "in C"), ("src/bin/compare.rs", "by the lesson's library")] {
            if !folder.join(file).is_file() {
                faults.push(format!(
                    "lessons/{slug}/{file} is missing: the lesson's work {what}, for `cargo lab dev measure`"
                ));
            }
        }
    }
    let named = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    if !named.contains(&format!("name = \"{}\"", package(slug, '-'))) {
        faults.push(format!("lessons/{slug}/Cargo.toml does not name the package {}", package(slug, '-')));
    }
    faults
}

fn module(course: &Course, slug: &str) -> Vec<String> {
    let Some(folder) = course.module(slug) else { return Vec::new() };
    let mut faults = Vec::new();
    let kbuild = fs::read_to_string(folder.join("Kbuild")).unwrap_or_default();
    if !kbuild.contains(&format!("{}.o", package(slug, '_'))) {
        faults.push(format!("kmods/{slug}/Kbuild does not build {}", package(slug, '_')));
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        if !text.lines().next().unwrap_or_default().contains("SPDX-License-Identifier: GPL-2.0") {
            faults.push(format!(
                "kmods/{slug}/{} does not begin with its SPDX line",
                entry.file_name().to_string_lossy()
            ));
        }
    }
    faults
}

fn page(course: &Course, slug: &str, listed: &BTreeSet<String>) -> Result<Vec<String>> {
    let name = format!("{slug}.md");
    if !listed.contains(&name) {
        return Ok(vec![format!("lessons/{slug} has no chapter {name} in SUMMARY.md")]);
    }
    let Ok(text) = fs::read_to_string(course.book().join(&name)) else { return Ok(Vec::new()) };
    let mut faults = Vec::new();
    let expected = fs::read_to_string(Scene::Story.golden(course, slug)).unwrap_or_default();
    for part in part::titles(&expected) {
        if !text.contains(&format!("lab/output {slug} --part \"{part}\"")) {
            faults.push(format!("book/{name} does not show the part \"{part}\" of the lesson's output"));
        }
    }
    Ok(faults)
}

fn notebook(course: &Course, slug: &str, listed: &BTreeSet<String>) -> Vec<String> {
    let (name, page) = (format!("notebooks/{slug}.ipynb"), format!("notebooks/{slug}.md"));
    let mut faults = Vec::new();
    match Notebook::read(&course.notebook(slug)) {
        Err(error) => return vec![format!("{name}: {error:#}")],
        // Said by `unfinished`. The rest is about what it prints.
        Ok(notebook) if !notebook.was_run() => {}
        Ok(notebook) => {
            for error in notebook.compile_errors() {
                faults.push(format!("{name} has a cell that does not compile: {error}"));
            }
            for place in notebook.of_no_machine() {
                faults.push(format!(
                    "{name} shows measured figures in cell {place} and does not say on which machine: \
                     `cargo lab dev notebooks --bless {slug}` does"
                ));
            }
            let normal = notebook.normal().text().unwrap_or_default();
            if fs::read_to_string(course.notebook(slug)).is_ok_and(|text| text != normal) {
                faults.push(format!(
                    "{name} holds what changes from run to run: `cargo lab dev notebooks --bless {slug}` leaves it out"
                ));
            }
        }
    }
    faults.extend(made(course, slug, "notebook", &page, listed));
    faults.extend(made(course, slug, "sources", &format!("sources/{slug}.md"), listed));
    let chapter = fs::read_to_string(course.book().join(slug).with_extension("md")).unwrap_or_default();
    if !chapter.contains(&format!("({page})")) {
        faults.push(format!("book/{slug}.md does not link to its notebook, {page}"));
    }
    faults
}

/// What is wrong with the order in which a chapter's page tells its story.
pub fn order(course: &Course, slug: &str) -> Vec<String> {
    let Ok(text) = fs::read_to_string(course.book().join(slug).with_extension("md")) else { return Vec::new() };
    let mut titles = text.lines().filter_map(|line| line.strip_prefix("## "));
    let missing = SECTIONS.iter().find(|section| !titles.any(|title| title.starts_with(*section)));
    let mut faults: Vec<String> =
        missing.map(|section| format!("has no section \"{section}\" in its place")).into_iter().collect();
    let outline = outline::of(&text);
    faults.extend(boxes::faults(&outline));
    faults.extend(rhythm::faults(course, slug, text.len(), &outline));
    faults.into_iter().map(|fault| format!("book/{slug}.md {fault}")).collect()
}

/// What is wrong with a page that the tool makes of something else, `--WHAT`.
fn made(course: &Course, slug: &str, what: &str, page: &str, listed: &BTreeSet<String>) -> Option<String> {
    let directive = format!("<!-- cmdrun ../../lab/output {slug} --{what} -->\n");
    let is_there =
        listed.contains(page) && fs::read_to_string(course.book().join(page)).is_ok_and(|text| text == directive);
    (!is_there).then(|| format!("book/{page} is not in SUMMARY.md, or is not this one line: {}", directive.trim_end()))
}

/// A chapter has an exercise in user space and, if it has a module, one in the kernel, and shows them.
fn exercises(course: &Course, slug: &str) -> Result<Vec<String>> {
    let exercises = match Exercise::of(course, slug) {
        Ok(exercises) => exercises,
        Err(error) => return Ok(vec![format!("{error:#}")]),
    };
    let mut faults = Vec::new();
    for exercise in &exercises {
        faults.extend(exercise.faults()?);
    }
    let has = |side| exercises.iter().any(|exercise| exercise.side == side);
    if !has(Side::User) {
        faults.push(format!("exercises/{slug} has no exercise in user space"));
    }
    if course.module(slug).is_some() && !has(Side::Kernel) {
        faults.push(format!("exercises/{slug} has no exercise in the kernel, though kmods/{slug} is there"));
    }
    let directive = format!("<!-- cmdrun ../lab/output {slug} --exercises -->");
    let chapter = fs::read_to_string(course.book().join(slug).with_extension("md")).unwrap_or_default();
    if !chapter.lines().any(|line| line == directive) {
        faults.push(format!("book/{slug}.md does not show its exercises: {directive}"));
    }
    Ok(faults)
}
