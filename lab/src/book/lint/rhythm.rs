//! A page shows something soon, lets something fail soon, and goes on in turns of code and what comes of it.

use super::outline::Element;
use crate::{book::output, course::Course, lessons::scene::Scene};
use regex::Regex;
use std::{fs, sync::LazyLock};

/// A page that shows something within its first bytes need not do so within its first quarter.
const SOON: usize = 3000;

/// So many listings may follow one another without an output.
const LISTINGS: usize = 5;

/// An errno's name, or a signal that ends a program.
static FAILURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bE[A-Z][A-Z0-9]{2,}\b|\bSIG(?:BUS|SEGV|SYS|KILL|PIPE|ABRT)\b").expect("a pattern that compiles")
});

/// What is wrong with the order of a chapter's page of `length` bytes.
pub fn faults(course: &Course, slug: &str, length: usize, outline: &[(usize, Element)]) -> Vec<String> {
    let golden = |crash| {
        let scene = if crash { Scene::Crash } else { Scene::Story };
        fs::read_to_string(scene.golden(course, slug)).unwrap_or_default()
    };
    let (story, crash) = (golden(false), golden(true));
    let fails = |element: &Element| match element {
        Element::Output(true, _) => FAILURE.is_match(&crash),
        Element::Output(false, part) => {
            output::select(&story, part.as_deref()).is_ok_and(|text| FAILURE.is_match(&text))
        }
        _ => false,
    };
    let mut faults = Vec::new();
    for (what, place) in [
        ("output", first(outline, |element| matches!(element, Element::Output(..)))),
        ("failure, an output with an errno or a deadly signal,", first(outline, fails)),
    ] {
        let percent = place.map_or(100, |place| place * 100 / length.max(1));
        if percent > 25 && place.is_none_or(|place| place > SOON) {
            faults.push(format!("has its first {what} at {percent} % of the page; it must come in the first quarter"));
        }
    }
    faults.extend(rows(outline));
    faults
}

fn first(outline: &[(usize, Element)], is: impl Fn(&Element) -> bool) -> Option<usize> {
    outline.iter().find(|(_, element)| is(element)).map(|(place, _)| *place)
}

/// Rows of listings that are too long, each with the heading that it begins under.
fn rows(outline: &[(usize, Element)]) -> Vec<String> {
    let (mut heading, mut from, mut row, mut faults) = ("", "", 0, Vec::new());
    for element in outline.iter().map(|(_, element)| element).chain([&Element::Output(false, None)]) {
        match element {
            Element::Heading(title) => heading = title,
            Element::Listing => {
                if row == 0 {
                    from = heading;
                }
                row += 1;
            }
            Element::Output(..) => {
                if row > LISTINGS {
                    faults.push(format!(
                        "has {row} listings in a row from \"{from}\" on; an output must come after {LISTINGS}"
                    ));
                }
                row = 0;
            }
            Element::Box(_) => {}
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{super::outline, *};

    #[test]
    fn a_long_row_of_listings_is_named() {
        let listing = "```rust\n{{#include ../a/b.rs:c}}\n```\n\n";
        let output = "<!-- cmdrun ../lab/output x --part \"p\" -->\n\n";
        let of = |text: &str| rows(&outline::of(text));
        assert_eq!(of(&format!("## A\n\n{}{output}{}", listing.repeat(5), listing.repeat(5))), [""; 0]);
        let faults = of(&format!("## A\n\n{}## B\n\n{}{output}", listing.repeat(3), listing.repeat(3)));
        assert!(faults.len() == 1 && faults[0].contains("6 listings in a row from \"A\""), "{faults:?}");
    }

    #[test]
    fn errnos_and_deadly_signals_are_failures() {
        for text in ["write: ENOSPC", "it was killed by SIGSEGV"] {
            assert!(FAILURE.is_match(text), "{text}");
        }
        for text in ["EOF", "SIGUSR1", "READ"] {
            assert!(!FAILURE.is_match(text), "{text}");
        }
    }
}
