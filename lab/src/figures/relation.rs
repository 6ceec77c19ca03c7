//! Sentences of the book that say how measured figures compare. Each carries in a comment what it relies on:
//!
//! ```text
//! <!-- measured: lab: pipe, 64 B > 2 × lab: getppid, 0 B -->
//! ```
//!
//! On each side stand a run (see [`Measured::run`]), a way and a length; the factor may be left out. The comment stands in the
//! paragraph, and may hold several relations with `;` between them.

use crate::figures::measured::Measured;
use anyhow::{Context, Result, ensure};
use regex::Regex;
use std::sync::LazyLock;

/// What makes a sentence one that compares.
static COMPARES: LazyLock<Regex> = LazyLock::new(|| {
    let times = r"(?:two|three|four|five|\d+) times|twice|half|a (?:third|quarter|fifth|tenth|hundredth)|order of magnitude|factor";
    let more = r"faster|slower|cheaper|dearer|(?:more|less) time|(?:takes?|took|costs?) (?:more|less|longer)";
    regex(&format!(r"(?i)\b(?:{times}|{more})\b"))
});

static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)<!--\s*measured:(.*?)-->"));

static RELATION: LazyLock<Regex> = LazyLock::new(|| {
    let figure = |name: &str| {
        format!(r"(?P<{name}_run>[a-z ]+): (?P<{name}_way>.+?), (?P<{name}_size>\d+) (?P<{name}_unit>B|KiB|MiB)")
    };
    regex(&format!(r"^{} (?P<sign>[<>]) (?:(?P<factor>\d+(?:\.\d+)?) × )?{}$", figure("left"), figure("right")))
});

/// The section of the page whose sentences are about what was measured.
const ABOUT: &str = "## What it costs";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a regular expression")
}

/// The relations of a page that do not hold, and its sentences that compare and name none. `name` is what to call the page.
pub fn faults(name: &str, page: &str, measured: &Measured) -> Vec<String> {
    let mut faults = Vec::new();
    let mut about = false;
    let mut line = 1;
    for paragraph in page.split("\n\n") {
        let place = format!("{name}:{line}");
        line += paragraph.matches('\n').count() + 2;
        if paragraph.starts_with("## ") {
            about = paragraph.starts_with(ABOUT);
        }
        let mut relations = 0;
        for comment in COMMENT.captures_iter(paragraph) {
            for relation in comment[1].split(';').map(str::trim) {
                relations += 1;
                match holds(relation, measured) {
                    Ok(true) => {}
                    Ok(false) => faults.push(format!(
                        "{place}: measured.json contradicts `{relation}`: mend the sentence, or measure on a quiet machine"
                    )),
                    Err(error) => faults.push(format!("{place}: `{relation}`: {error:#}")),
                }
            }
        }
        if let Some(found) = COMPARES.find(paragraph).filter(|_| about && relations == 0) {
            faults.push(format!(
                "{place}: \"{}\" compares: say what it relies on, <!-- measured: lab: pipe, 64 B > 2 × lab: getppid, 0 B -->",
                found.as_str()
            ));
        }
    }
    faults
}

/// Whether a relation of medians holds.
fn holds(relation: &str, measured: &Measured) -> Result<bool> {
    let parts = RELATION.captures(relation).context("not of the form RUN: WAY, LENGTH > FACTOR × RUN: WAY, LENGTH")?;
    let median = |side: &str| -> Result<f64> {
        let part = |what: &str| &parts[format!("{side}_{what}").as_str()];
        let (run, way) = (part("run"), part("way"));
        let unit = match part("unit") {
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            _ => 1,
        };
        let size = part("size").parse::<u64>()? * unit;
        let figures = measured.run(run).with_context(|| format!("there is no run \"{run}\""))?;
        ensure!(!figures.is_empty(), "nothing was measured in the run \"{run}\"");
        let figure = figures.iter().find(|figure| figure.way == way && figure.size == size);
        Ok(figure.with_context(|| format!("{run} has no figure of {way} with {size} bytes"))?.median as f64)
    };
    let factor = parts.name("factor").map_or(Ok(1.0), |factor| factor.as_str().parse::<f64>())?;
    let (left, right) = (median("left")?, factor * median("right")?);
    Ok(if &parts["sign"] == "<" { left < right } else { left > right })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::measured::{
        To,
        tests::{figure, measured},
    };

    fn found(page: &str) -> Vec<String> {
        let lab = vec![figure("pipe", To::Process, 65_536, 900), figure("read, write", To::Kernel, 64, 100)];
        faults("page.md", page, &measured(lab, vec![figure("pipe", To::Process, 65_536, 300)]))
    }

    #[test]
    fn a_relation_that_holds_is_no_fault() {
        let page = "## What it costs\n\nA pipe is slower.\n\
            <!-- measured: lab: pipe, 64 KiB > 8 × lab: read, write, 64 B; host: pipe, 64 KiB < lab: pipe, 64 KiB -->";
        assert_eq!(found(page), [""; 0]);
    }

    #[test]
    fn a_relation_that_the_figures_contradict_is_named_with_its_line() {
        let faults = found("One.\n\nTwo.\n<!-- measured: lab: pipe, 64 KiB > 10 × lab: read, write, 64 B -->");
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("page.md:3: measured.json contradicts `lab: pipe, 64 KiB > 10"), "{faults:?}");
    }

    #[test]
    fn a_comparison_without_a_relation_is_a_fault_where_figures_are_spoken_of() {
        for sentence in ["A pipe takes twice the time.", "A pipe needs more time.", "A pipe takes longer."] {
            assert_eq!(found(&format!("## What it costs\n\n{sentence}")).len(), 1, "{sentence}");
        }
        assert_eq!(found("## Lab\n\nA pipe takes twice the time."), [""; 0]);
    }

    #[test]
    fn what_was_not_measured_is_a_fault() {
        for relation in [
            "lab: pipe > host: pipe",
            "lab: pipe, 1 B > host: pipe, 64 KiB",
            "moon: pipe, 64 KiB > host: pipe, 64 KiB",
            "host apart: pipe, 64 KiB > host: pipe, 64 KiB",
        ] {
            assert_eq!(found(&format!("<!-- measured: {relation} -->")).len(), 1, "{relation}");
        }
    }
}
