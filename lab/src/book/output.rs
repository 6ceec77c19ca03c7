//! `cargo lab dev output`: a lesson's output, as the book shows it. It comes from the last run that passed as everything
//! stands now, else from the golden file, which has `…` where figures belong. No lesson is run for it: that the book can be
//! read never depends on one.

use crate::{
    book::{contents, directive::FAILURE, source},
    course::Course,
    exercises::{self, exercise::Exercise},
    lessons::{lesson, run::has_passed, scene::Scene, verified::remembered},
    notebooks::notebook::Notebook,
    report::verdict,
    vm::kernel::{DEFAULT, KERNELS, Kernel},
};
use anyhow::{Context, Result, bail};
use std::{fs, process::ExitCode};

/// Which output, and which part of it.
#[derive(clap::Args)]
pub struct Options {
    /// Lesson
    #[arg(required_unless_present = "table")]
    slug: Option<String>,
    /// Print only the part under the line `== TITLE`
    #[arg(long, value_name = "TITLE")]
    part: Option<String>,
    /// Print what came of the lesson's crash scene
    #[arg(long)]
    crash: bool,
    /// Print the lesson's notebook, as a page of the book
    #[arg(long, conflicts_with_all = ["part", "crash"])]
    notebook: bool,
    /// Print the lesson's exercises, as a part of its chapter
    #[arg(long, conflicts_with_all = ["part", "crash", "notebook"])]
    exercises: bool,
    /// Print the sources of the lesson and its module, as a page of the book
    #[arg(long, conflicts_with_all = ["part", "crash", "notebook", "exercises"])]
    sources: bool,
    /// Print a table of all chapters
    #[arg(long, conflicts_with_all = ["slug", "part", "crash", "notebook", "exercises", "sources"])]
    table: bool,
}

/// Runs the command: prints one output or a part of it, one of the pages that are made, or the table.
pub fn command(Options { slug, part, crash, notebook, exercises, sources, .. }: &Options) -> Result<ExitCode> {
    let scene = if *crash { Scene::Crash } else { Scene::Story };
    let course = Course::find()?;
    let text = match slug {
        Some(slug) if *notebook => Notebook::read(&course.notebook(slug)).and_then(|notebook| notebook.page(slug)),
        Some(slug) if *exercises => Exercise::of(&course, slug).and_then(|exercises| exercises::page::of(&exercises)),
        Some(slug) if *sources => source::page(&course, slug),
        Some(slug) => figure(&course, slug, scene, part.as_deref()),
        None => contents::table(&course),
    };
    match text {
        Ok(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("{FAILURE} cargo lab dev output {}: {error:#}", slug.as_deref().unwrap_or("--table"));
            Ok(verdict::exit_code_of(&error))
        }
    }
}

/// An output as a figure that says what is known of it. What serves the book, and the page's script, find it by its data.
fn figure(course: &Course, slug: &str, scene: Scene, part: Option<&str>) -> Result<String> {
    course.chosen(&[slug.to_string()])?;
    let checked = checked(course, slug)?;
    let output = match stored(course, slug, scene)? {
        Some(output) => output,
        None => bail!("there is no {}: `cargo lab dev bless {slug}` makes it", scene.golden(course, slug).display()),
    };
    let (name, part_of) = (scene.name(slug), part.map(|part| format!(" data-part=\"{part}\"")).unwrap_or_default());
    Ok(format!(
        "<figure class=\"output\" data-scene=\"{name}\"{part_of}>\n<figcaption>output{}</figcaption>\n\n\
         ```text\n{}```\n\n</figure>\n",
        said(&checked),
        select(&output, part)?
    ))
}

/// The kernels on which a lesson has passed as everything stands now.
pub fn checked(course: &Course, slug: &str) -> Result<Vec<&'static str>> {
    let mut checked = Vec::new();
    for name in KERNELS {
        // A book can be built where the kernels are not.
        if Kernel::find(name).is_ok_and(|kernel| has_passed(course, slug, &kernel).unwrap_or(false)) {
            checked.push(name);
        }
    }
    Ok(checked)
}

/// What is known of an output, as the rest of a sentence.
fn said(checked: &[&str]) -> String {
    match checked {
        [] => ", stored; <span class=\"known\">not yet checked here</span>".into(),
        kernels => format!(", <span class=\"known\">checked here on Linux {}</span>", kernels.join(" and ")),
    }
}

/// The last output of a scene that was right, or else the golden one. None: there is neither.
fn stored(course: &Course, slug: &str, scene: Scene) -> Result<Option<String>> {
    if let Ok(kernel) = Kernel::find(DEFAULT) {
        let key = lesson::key(course, slug, &kernel)?;
        if let Ok(output) = fs::read_to_string(remembered(course, &scene.name(slug), &key)) {
            return Ok(Some(output));
        }
    }
    let golden = scene.golden(course, slug);
    match golden.is_file() {
        true => fs::read_to_string(&golden).map(Some).with_context(|| format!("read {}", golden.display())),
        false => Ok(None),
    }
}

/// A part of an output: what stands between the line `== title` and the next such line.
pub fn select(output: &str, part: Option<&str>) -> Result<String> {
    let Some(title) = part else { return Ok(output.to_string()) };
    let mut lines = output.lines().skip_while(|line| line.strip_prefix("== ") != Some(title));
    if lines.next().is_none() {
        bail!("there is no part `== {title}`; there are: {}", parts(output).join(", "));
    }
    let text: String = lines.take_while(|line| !line.starts_with("== ")).map(|line| format!("{line}\n")).collect();
    Ok(format!("{}\n", text.trim_end_matches('\n')))
}

/// The titles of all parts.
pub fn parts(output: &str) -> Vec<&str> {
    output.lines().filter_map(|line| line.strip_prefix("== ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "== one\na\n\n== two\nb\n";

    #[test]
    fn a_part_ends_where_the_next_begins() {
        assert_eq!(select(OUTPUT, Some("one")).expect("one"), "a\n");
        assert_eq!(select(OUTPUT, Some("two")).expect("two"), "b\n");
        assert_eq!(select(OUTPUT, None).expect("all"), OUTPUT);
    }

    #[test]
    fn a_part_that_is_not_there_is_refused_and_the_others_named() {
        let error = select(OUTPUT, Some("three")).expect_err("no such part").to_string();
        assert!(error.contains("one, two"), "{error}");
    }
}
