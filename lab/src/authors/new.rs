//! `cargo lab dev new`: skeletons. What they hold builds, runs and passes; what only a person can write is marked `TODO`, and
//! `cargo lab dev lint` names each such mark until it has gone.

use crate::{
    authors::{
        LONGEST,
        exercise::Desk,
        is_name, is_slug,
        templates::{self, Template},
        write,
    },
    course::Course,
    exercises::exercise::{Exercise, Side},
    report::verdict::Mistake,
};
use anyhow::{Context, Result, bail, ensure};
use std::{fs, process::ExitCode};

/// What a new chapter must not find. A folder of modules also if it has no module: `kmods/include` is none.
const PLACES: [&str; 10] = [
    "lessons/SLUG",
    "kmods/SLUG",
    "exercises/SLUG",
    "author/SLUG",
    "notebooks/SLUG.ipynb",
    "book/SLUG.md",
    "book/figures/SLUG.svg",
    "book/figures/SLUG-trace.svg",
    "book/notebooks/SLUG.md",
    "book/sources/SLUG.md",
];

/// Names of pages that mdBook makes itself.
const PAGES: [&str; 3] = ["index", "print", "toc"];

/// What to make.
#[derive(clap::Subcommand)]
pub enum Part {
    /// Make a chapter: lesson, page, picture, notebook and exercises, and a place in book/SUMMARY.md
    Chapter(ChapterOptions),
    /// Make an exercise in a chapter
    Exercise(ExerciseOptions),
}

/// Which chapter.
#[derive(clap::Args)]
pub struct ChapterOptions {
    /// Name of the chapter: lower-case letters and digits, a letter first
    slug: String,
    /// Make a kernel module too, with a hostile program and an exercise in the kernel
    #[arg(long)]
    module: bool,
}

/// Which exercise.
#[derive(clap::Args)]
pub struct ExerciseOptions {
    /// Exercise, as SLUG/NAME; NAME is made of lower-case letters, digits and -
    exercise: String,
    /// What the learner changes: a program's function, or a module
    #[arg(long, value_enum)]
    side: Side,
}

/// Runs the command. What is there already, or cannot be called so, is a [`Mistake`], and then nothing is written.
pub fn command(part: &Part) -> Result<ExitCode> {
    let course = Course::find()?;
    match part {
        Part::Chapter(options) => chapter(&course, options),
        Part::Exercise(options) => exercise(&course, options),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn chapter(course: &Course, ChapterOptions { slug, module }: &ChapterOptions) -> Result<()> {
    if !is_slug(slug) || PAGES.contains(&slug.as_str()) {
        bail!(Mistake(format!(
            "{slug:?} cannot name a chapter: take at most {LONGEST} lower-case letters and digits, a letter first, and none of {}",
            PAGES.join(", ")
        )));
    }
    let sides: &[Side] = if *module { &[Side::User, Side::Kernel] } else { &[Side::User] };
    let ids: Vec<String> = sides.iter().map(|side| format!("{slug}/{}", first_name(*side))).collect();
    are_free(course, PLACES.map(|place| place.replace("SLUG", slug)))?;

    let (rest, kernel_side) = match module {
        true => (templates::WITH_MODULE, templates::KERNEL_SIDE[0]),
        false => (templates::WITHOUT_MODULE, templates::KERNEL_SIDE[1]),
    };
    for (path, text) in templates::CHAPTER.iter().chain(rest) {
        let text = text.replace("KERNEL_SIDE\n", kernel_side).replace("SLUG", slug);
        write(&course.root.join(path.replace("SLUG", slug)), &text)?;
    }
    let summary = course.book().join("SUMMARY.md");
    let text = fs::read_to_string(&summary).context("read book/SUMMARY.md")?;
    write(&summary, &with_chapter(&text, slug))?;
    sides.iter().zip(&ids).try_for_each(|(side, id)| make_exercise(course, id, *side))?;

    let soak = if *module { format!("  cargo lab dev soak {slug}\n") } else { String::new() };
    println!(
        "\nIt passes as it is, which these commands show, in this order:\n  cargo lab dev bless {slug}\n  cargo lab dev draw\n  \
         cargo lab run {slug} --kernel all\n  cargo lab dev prove {slug}\n{soak}  cargo lab dev notebooks --bless {slug}\n\n\
         Then make it yours. `cargo lab dev lint` names each TODO; CONTRIBUTING.md says what to think about."
    );
    Ok(())
}

/// What a new chapter's exercise on this side is called until somebody gives it a name.
fn first_name(side: Side) -> &'static str {
    match side {
        Side::User => "user-side",
        Side::Kernel => "kernel-side",
    }
}

fn exercise(course: &Course, ExerciseOptions { exercise: id, side }: &ExerciseOptions) -> Result<()> {
    let Some((slug, _)) = id.split_once('/').filter(|(_, name)| is_name(name)) else {
        bail!(Mistake(format!(
            "{id:?} cannot name an exercise: take SLUG/NAME, where NAME has at most {LONGEST} lower-case letters, digits and -"
        )));
    };
    course.chosen(&[slug.to_string()])?;
    are_free(course, ["exercises", "author"].map(|folder| format!("{folder}/{id}")))?;
    make_exercise(course, id, *side)?;
    println!(
        "\nIt passes as it is, which `cargo lab dev prove {id}` shows. Then make it yours: exercise.md and check.rs in \
         exercises/{id}, the rest in author/{id}.\n`cargo lab dev exercise {id} --save` stores that, and `cargo lab dev lint` \
         names each TODO."
    );
    Ok(())
}

/// Writes an exercise, and its whole files for the author.
fn make_exercise(course: &Course, id: &str, side: Side) -> Result<()> {
    let files: &[Template] = match side {
        Side::User => templates::USER_EXERCISE,
        Side::Kernel => templates::KERNEL_EXERCISE,
    };
    let (stored, copies) = (course.root.join("exercises").join(id), course.author().join(id));
    for (path, text) in files {
        let folder = if ["exercise.md", "check.rs", "equivalent.md"].contains(path) { &stored } else { &copies };
        write(&folder.join(path), text)?;
        if path.starts_with("starter.") {
            write(&stored.join(side.file()), text)?;
        }
    }
    Desk::of(course, Exercise::named(course, id)?).store()
}

/// That nothing is at any of these places in the course.
fn are_free(course: &Course, places: impl IntoIterator<Item = String>) -> Result<()> {
    for place in places {
        ensure!(!course.root.join(&place).exists(), Mistake(format!("there is {place} already: choose another name")));
    }
    Ok(())
}

/// SUMMARY.md with a new chapter, before the last part of the book, which compares all others, and with its notebook and its
/// code, each at the end of theirs. Whoever writes the chapter moves it to its place.
fn with_chapter(summary: &str, slug: &str) -> String {
    let mut lines: Vec<String> = summary.lines().map(str::to_string).collect();
    let is_part = |line: &String| line.starts_with("# ") && line != "# Summary" && line != "# Beside the chapters";
    let beside = lines.iter().position(|line| line == "# Beside the chapters");
    let place = lines.iter().rposition(is_part).or(beside).unwrap_or(lines.len());
    let gap = place.checked_sub(1).filter(|above| lines[*above].is_empty()).unwrap_or(place);
    lines.insert(gap, format!("- [{slug}: TODO What it is for]({slug}.md)"));
    for (folder, entry) in [
        ("notebooks", format!("  - [{slug}, cell by cell](notebooks/{slug}.md)")),
        ("sources", format!("  - [{slug}: all of its code](sources/{slug}.md)")),
    ] {
        let is_beside =
            |line: &String| line.contains(&format!("]({folder}/")) || line.ends_with(&format!("]({folder}.md)"));
        let last = lines.iter().rposition(is_beside);
        lines.insert(last.map_or(lines.len(), |last| last + 1), entry);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_comes_before_the_last_part_and_its_pages_beside_the_others() {
        let before = "# Summary\n\n# Some\n\n- [a](a.md)\n\n# All\n\n- [z](z.md)\n\n# Beside the chapters\n\n\
                      - [Notebooks](notebooks.md)\n  - [z, cell by cell](notebooks/z.md)\n\
                      - [Code](sources.md)\n  - [z: all of its code](sources/z.md)\n";
        let after = "# Summary\n\n# Some\n\n- [a](a.md)\n- [new: TODO What it is for](new.md)\n\n# All\n\n- [z](z.md)\n\n\
                     # Beside the chapters\n\n- [Notebooks](notebooks.md)\n  - [z, cell by cell](notebooks/z.md)\n  \
                     - [new, cell by cell](notebooks/new.md)\n- [Code](sources.md)\n  - [z: all of its code](sources/z.md)\n  \
                     - [new: all of its code](sources/new.md)\n";
        assert_eq!(with_chapter(before, "new"), after);
    }

    #[test]
    fn every_template_is_one() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let files = walkdir::WalkDir::new(&folder).into_iter().map(|entry| entry.expect("read the templates"));
        let files = files.filter(|entry| entry.file_type().is_file()).count();
        let listed = [
            templates::CHAPTER,
            templates::WITH_MODULE,
            templates::WITHOUT_MODULE,
            templates::USER_EXERCISE,
            templates::KERNEL_EXERCISE,
        ];
        assert_eq!(listed.iter().map(|files| files.len()).sum::<usize>() + templates::KERNEL_SIDE.len(), files);
    }
}
