//! `cargo lab output`: a lesson's verified output, as the book shows it. mdbook-cmdrun takes whatever a command prints
//! for the page's text and cannot fail, so a failure prints [`FAILURE`] into the page, where `cargo lab check` finds it.

use crate::{
    cache,
    course::Course,
    exercise::{self, Exercise},
    kernel::{KERNELS, Kernel},
    lesson,
    notebook::Notebook,
    scene::Scene,
    stage::Stage,
    verdict::{self, Verdict},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::ExitCode};

/// How a page begins to say that it could not be made.
pub const FAILURE: &str = "[lab failure]";

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
    labs: bool,
    /// Print a table of all lessons and kernels: which pass as they stand now
    #[arg(long, conflicts_with_all = ["slug", "part", "crash", "notebook", "labs"])]
    table: bool,
}

/// Runs the command: prints all of a lesson's output or one part of it, or the table.
pub fn command(Options { slug, part, crash, notebook, labs, .. }: &Options) -> Result<ExitCode> {
    let scene = if *crash { Scene::Crash } else { Scene::Story };
    let text = match slug {
        Some(slug) if *notebook => Course::find().and_then(|course| Notebook::read(&course.notebook(slug))?.page(slug)),
        Some(slug) if *labs => Course::find().and_then(|course| exercise::page::of(&Exercise::of(&course, slug)?)),
        Some(slug) => verified(slug, scene).and_then(|output| select(&output, part.as_deref())),
        None => table(),
    };
    match text {
        Ok(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("{FAILURE} cargo lab output {}: {error:#}", slug.as_deref().unwrap_or("--table"));
            Ok(verdict::exit_code_of(&error))
        }
    }
}

/// A table in Markdown: each lesson, in the order of the book, and whether it has passed on each kernel since anything
/// about it changed. Only a run that passed leaves an output behind.
fn table() -> Result<String> {
    let course = Course::find()?;
    let kernels = KERNELS.iter().map(|name| Kernel::find(name)).collect::<Result<Vec<_>>>()?;
    let slugs = course.reading_order()?;
    let heads: String = kernels.iter().map(|kernel| format!(" Linux {} |", kernel.name)).collect();
    let mut text = format!("| chapter |{heads}\n|---|{}\n", "---|".repeat(kernels.len()));
    for slug in &slugs {
        text += &format!("| [{slug}]({slug}.md) |");
        for kernel in &kernels {
            let key = lesson::key(&course, slug, kernel)?;
            let mut scenes = Scene::of(&course, slug).into_iter();
            let passes = scenes.all(|scene| remembered(&course, &scene.name(slug), &key).exists());
            text += if passes { " passes |" } else { " not run since it changed |" };
        }
        text += "\n";
    }
    let releases: Vec<&str> = kernels.iter().map(|kernel| kernel.release.as_str()).collect();
    Ok(format!("{text}\nThe kernels are Debian's {}.\n", releases.join(" and ")))
}

/// The output of a scene that is known to match its golden file, from the cache or from a run.
fn verified(slug: &str, scene: Scene) -> Result<String> {
    let course = Course::find()?;
    let slugs = course.chosen(&[slug.to_string()])?;
    let path = || -> Result<PathBuf> {
        let key = lesson::key(&course, slug, &Kernel::find(KERNELS[0])?)?;
        Ok(remembered(&course, &scene.name(slug), &key))
    };
    if let Ok(output) = fs::read_to_string(path()?) {
        return Ok(output);
    }
    let stage = Stage::set(&course, &slugs, &[KERNELS[0].to_string()], false)?;
    match stage.perform(stage.template(), slug, scene).verdict {
        // The build may have changed Cargo.lock, and so the key.
        Verdict::Passed => fs::read_to_string(path()?).context("read the output"),
        Verdict::Failed(why) => bail!(verdict::Faulty(why)),
        Verdict::Broken(why) => bail!(why),
    }
}

fn remembered(course: &Course, name: &str, key: &str) -> PathBuf {
    course.scratch().join("output").join(format!("{name}-{key}.txt"))
}

/// Remembers a verified output under the key of everything that it depends on.
pub fn remember(course: &Course, name: &str, key: &str, output: &str) -> Result<()> {
    let path = remembered(course, name, key);
    let mut file = cache::nameless_file(path.parent().context("the output's folder")?)?;
    std::io::Write::write_all(&mut file, output.as_bytes())?;
    cache::publish(&file, &path)
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
