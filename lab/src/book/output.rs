//! `cargo lab dev output`: a lesson's output, as the book shows it. It comes from the last run that passed as everything
//! stands now, else from the golden file, which has `…` where figures belong. No lesson is run for it: that the book can be
//! read never depends on one.

use crate::{
    book::{contents, directive::FAILURE, source},
    course::Course,
    exercises::{self, exercise::Exercise},
    lessons::{lesson, part, run::has_passed_as, scene::Scene, verified::remembered},
    notebooks::notebook::Notebook,
    report::verdict,
    vm::kernels::{DEFAULT, there},
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
        Some(slug) if *exercises => {
            Exercise::of(&course, slug).and_then(|exercises| exercises::text::page::of(&exercises))
        }
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
fn figure(course: &Course, slug: &str, scene: Scene, title: Option<&str>) -> Result<String> {
    course.chosen(&[slug.to_string()])?;
    let keys = keys(course, slug)?;
    let output = match stored(course, slug, scene, &keys)? {
        Some(output) => output,
        None => bail!("there is no {}: `cargo lab dev bless {slug}` makes it", scene.golden(course, slug).display()),
    };
    let (name, part_of) = (scene.name(slug), title.map(|title| format!(" data-part=\"{title}\"")).unwrap_or_default());
    Ok(format!(
        "<figure class=\"output\" data-scene=\"{name}\"{part_of}>\n<figcaption>output{}</figcaption>\n\n\
         ```text\n{}```\n\n</figure>\n",
        said(&passed(course, slug, &keys)),
        part::select(&output, title)?
    ))
}

/// The kernels on which a lesson has passed as everything stands now.
pub fn checked(course: &Course, slug: &str) -> Result<Vec<String>> {
    Ok(passed(course, slug, &keys(course, slug)?))
}

/// A lesson's keys as everything stands now, each with its kernel's name. A book can be built where the kernels are not.
fn keys(course: &Course, slug: &str) -> Result<Vec<(String, String)>> {
    there().into_iter().map(|kernel| Ok((kernel.name.clone(), lesson::key(course, slug, &kernel)?))).collect()
}

fn passed(course: &Course, slug: &str, keys: &[(String, String)]) -> Vec<String> {
    keys.iter().filter(|(_, key)| has_passed_as(course, slug, key)).map(|(name, _)| name.clone()).collect()
}

/// What is known of an output, as the rest of a sentence.
fn said(checked: &[String]) -> String {
    match checked {
        [] => ", stored; <span class=\"known\">not yet checked here</span>".into(),
        kernels => format!(", <span class=\"known\">checked here on Linux {}</span>", kernels.join(" and ")),
    }
}

/// The last output of a scene that was right, or else the golden one. None: there is neither.
fn stored(course: &Course, slug: &str, scene: Scene, keys: &[(String, String)]) -> Result<Option<String>> {
    let key = keys.iter().find(|(kernel, _)| kernel == DEFAULT);
    if let Some(Ok(output)) = key.map(|(_, key)| fs::read_to_string(remembered(course, &scene.name(slug), key))) {
        return Ok(Some(output));
    }
    let golden = scene.golden(course, slug);
    match golden.is_file() {
        true => fs::read_to_string(&golden).map(Some).with_context(|| format!("read {}", golden.display())),
        false => Ok(None),
    }
}
