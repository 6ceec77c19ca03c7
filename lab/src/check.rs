//! `cargo lab check`: the rules that no compiler knows. First the sources, then the built book.

use crate::{
    course::{Course, package},
    exercise::{Exercise, Side},
    measure, measured,
    notebook::Notebook,
    output, page,
    scene::Scene,
    spelling,
};
use anyhow::{Context, Result};
use regex::Regex;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What may stand in a lesson's folder; the others are optional.
const LESSON: [&str; 6] = ["Cargo.toml", "crash.txt", "expected.txt", "measured.json", "src", "tests"];

/// The sections of a chapter, in order: a section's title begins with these words.
const SECTIONS: [&str; 10] = [
    "What you will be able to do",
    "The idea",
    "User side",
    "Kernel side",
    "What goes wrong",
    "Under the hood",
    "What it costs",
    "How the widely copied version fails",
    "Lab",
    "Further reading",
];

/// The directive for the table of all lessons.
const TABLE: &str = "<!-- cmdrun ../lab/output --table -->";

/// Runs the command. Prints each broken rule; fails if there is one.
pub fn command() -> Result<ExitCode> {
    let course = Course::find()?;
    let mut faults = sources(&course)?;
    if faults.is_empty() {
        page::build(&course, &course.pages())?;
        faults = page::faults(&course.pages())?;
        faults.extend(spelling::faults(&course)?);
    }
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
        faults.extend(lesson(course, slug));
        faults.extend(module(course, slug));
        faults.extend(chapter(course, slug, &listed)?);
        faults.extend(notebook(course, slug, &listed));
        faults.extend(exercises(course, slug)?);
    }
    for page in pages(course)? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "SUMMARY.md" && !listed.contains(&name) {
            faults.push(format!("book/{name} is not in SUMMARY.md"));
        }
        faults.extend(includes(&page)?);
        faults.extend(directives(course, &page)?);
    }
    faults.extend(
        listed
            .iter()
            .filter(|name| !course.book().join(name).exists())
            .map(|name| format!("SUMMARY.md lists {name}, which does not exist")),
    );
    faults.extend(configuration(course)?);
    faults.extend(measured::faults(course)?);
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

/// Modules, notebooks and C programs that belong to no lesson.
fn strays(course: &Course, slugs: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let parts = [("kmods", ""), ("notebooks", ".ipynb"), ("book/notebooks", ".md"), ("ci/compare", ".c"), ("labs", "")];
    for (folder, ending) in parts {
        for entry in fs::read_dir(course.root.join(folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let slug = name.strip_suffix(ending).unwrap_or(&name).to_string();
            let shared = ["include", "COPYING", "compare.h"].contains(&name.as_str());
            if !shared && !slugs.contains(&slug) {
                faults.push(format!("{folder}/{name} belongs to no lesson"));
            }
        }
    }
    Ok(faults)
}

fn lesson(course: &Course, slug: &str) -> Vec<String> {
    let folder = course.lesson(slug);
    let mut faults: Vec<String> = ["Cargo.toml", "expected.txt", "src/lib.rs", "src/main.rs"]
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
    if slug != measure::LESSON && !course.rival(slug).is_file() {
        faults.push(format!("ci/compare/{slug}.c is missing: the lesson's work in C, for `cargo lab measure`"));
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

fn chapter(course: &Course, slug: &str, listed: &BTreeSet<String>) -> Result<Vec<String>> {
    let name = format!("{slug}.md");
    if !listed.contains(&name) {
        return Ok(vec![format!("lessons/{slug} has no chapter {name} in SUMMARY.md")]);
    }
    let Ok(text) = fs::read_to_string(course.book().join(&name)) else { return Ok(Vec::new()) };
    let mut faults = Vec::new();
    let mut titles = text.lines().filter_map(|line| line.strip_prefix("## "));
    for section in SECTIONS {
        if !titles.any(|title| title.starts_with(section)) {
            faults.push(format!("book/{name} has no section \"{section}\" in its place"));
            break;
        }
    }
    let expected = fs::read_to_string(Scene::Story.golden(course, slug)).unwrap_or_default();
    for part in output::parts(&expected) {
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
        Ok(notebook) if !notebook.was_run() => {
            faults.push(format!("{name} was never run: `cargo lab notebooks --bless {slug}` runs it"));
        }
        Ok(notebook) => {
            for error in notebook.compile_errors() {
                faults.push(format!("{name} has a cell that does not compile: {error}"));
            }
            let normal = notebook.normal().text().unwrap_or_default();
            if fs::read_to_string(course.notebook(slug)).is_ok_and(|text| text != normal) {
                faults.push(format!(
                    "{name} holds what changes from run to run: `cargo lab notebooks --bless {slug}` leaves it out"
                ));
            }
        }
    }
    let directive = format!("<!-- cmdrun ../../lab/output {slug} --notebook -->\n");
    if !listed.contains(&page) || fs::read_to_string(course.book().join(&page)).unwrap_or_default() != directive {
        faults.push(format!("book/{page} is not in SUMMARY.md, or is not this one line: {}", directive.trim_end()));
    }
    let chapter = fs::read_to_string(course.book().join(slug).with_extension("md")).unwrap_or_default();
    if !chapter.contains(&format!("({page})")) {
        faults.push(format!("book/{slug}.md does not link to its notebook, {page}"));
    }
    faults
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
        faults.push(format!("labs/{slug} has no exercise in user space"));
    }
    if course.module(slug).is_some() && !has(Side::Kernel) {
        faults.push(format!("labs/{slug} has no exercise in the kernel, though kmods/{slug} is there"));
    }
    let directive = format!("<!-- cmdrun ../lab/output {slug} --labs -->");
    let chapter = fs::read_to_string(course.book().join(slug).with_extension("md")).unwrap_or_default();
    if !chapter.lines().any(|line| line == directive) {
        faults.push(format!("book/{slug}.md does not show its exercises: {directive}"));
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

/// A cmdrun directive runs anything and hides its failure, so only one shape is allowed, alone on its line.
fn directives(course: &Course, page: &Path) -> Result<Vec<String>> {
    let shape = Regex::new(r#"^<!-- cmdrun \.\./lab/output (\w+)(?: (--crash)| --part "([^"]+)"| --labs)? -->$"#)?;
    let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut faults = Vec::new();
    for line in read(page)?.lines().filter(|line| line.contains("<!-- cmdrun") && *line != TABLE) {
        let Some(found) = shape.captures(line) else {
            faults.push(format!(
                "book/{name}: a directive must be `<!-- cmdrun ../lab/output SLUG --part \"TITLE\" -->`, alone on its line: \
                 {line}"
            ));
            continue;
        };
        if line.ends_with(" --labs -->") {
            continue;
        }
        let scene = if found.get(2).is_some() { Scene::Crash } else { Scene::Story };
        let expected = fs::read_to_string(scene.golden(course, &found[1])).unwrap_or_default();
        if expected.is_empty() {
            faults.push(format!("book/{name}: {line}: there is no such output"));
        } else if let Err(error) = output::select(&expected, found.get(3).map(|part| part.as_str())) {
            faults.push(format!("book/{name}: {line}: {error}"));
        }
    }
    Ok(faults)
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
