//! `cargo lab dev output`: a lesson's verified output, as the book shows it.

use crate::{
    book::directive::FAILURE,
    course::Course,
    exercises::{self, exercise::Exercise},
    lessons::{
        run::{has_passed, verified},
        scene::Scene,
    },
    notebooks::notebook::Notebook,
    report::verdict,
    vm::kernel::{KERNELS, Kernel},
};
use anyhow::{Result, bail};
use std::process::ExitCode;

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
    /// Print a table of all lessons and kernels: which pass as they stand now
    #[arg(long, conflicts_with_all = ["slug", "part", "crash", "notebook", "exercises"])]
    table: bool,
}

/// Runs the command: prints all of a lesson's output or one part of it, or the table.
pub fn command(Options { slug, part, crash, notebook, exercises, .. }: &Options) -> Result<ExitCode> {
    let scene = if *crash { Scene::Crash } else { Scene::Story };
    let text = match slug {
        Some(slug) if *notebook => Course::find().and_then(|course| Notebook::read(&course.notebook(slug))?.page(slug)),
        Some(slug) if *exercises => {
            Course::find().and_then(|course| exercises::page::of(&Exercise::of(&course, slug)?))
        }
        Some(slug) => verified(slug, scene).and_then(|output| select(&output, part.as_deref())),
        None => table(),
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
            text += if has_passed(&course, slug, kernel)? { " passes |" } else { " not run since it changed |" };
        }
        text += "\n";
    }
    let releases: Vec<&str> = kernels.iter().map(|kernel| kernel.release.as_str()).collect();
    Ok(format!("{text}\nThe kernels are Debian's {}.\n", releases.join(" and ")))
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
