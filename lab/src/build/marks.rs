//! The places in a file that compilers, panics, and reports of the kernel name, for an editor that shows them there.

use crate::build::diagnostic::{Severity, character};
use regex::{Captures, Regex};
use serde::Serialize;
use std::sync::LazyLock;

/// What is said of a place in a file. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The line.
    pub line: usize,
    /// The column, in characters; 1 where only the line is known.
    pub column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// What is said.
    pub message: String,
}

/// `exercise.c:11:13: warning: unused variable`, as gcc has it.
static GCC: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:.*/)?([^/: ]+):(\d+):(\d+): (?:fatal )?(error|warning): (.*)$"));

/// `error[E0308]: mismatched types`, the first line of what rustc says.
static RUSTC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(error|warning)(?:\[\w+\])?: (.*)$"));

/// `  --> exercises/exercise.rs:4:19`, where rustc means.
static ARROW: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ *--> (?:.*/)?([^/:]+):(\d+):(\d+)$"));

/// `panicked at learn/exercise.rs:4:5:`, with what was said in the next line.
static PANIC: LazyLock<Regex> = LazyLock::new(|| pattern(r"panicked at (?:.*/)?([^/:]+):(\d+):(\d+):$"));

/// `exercise.c:13, in exercise_init:`, a [`Place`](crate::build::place::Place).
static PLACE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([^/:]+):(\d+), in "));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern that compiles")
}

/// All that `said` says of places in the file of this name, which says `text`.
pub fn all(said: &str, file: &str, text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut mark = |(line, column): (usize, usize), severity, message: &str| {
        marks.push(Mark { line, column, severity, message: message.to_string() });
    };
    let place = |found: &Captures| {
        let number = |group| found.get(group).and_then(|text| text.as_str().parse::<usize>().ok()).unwrap_or(1);
        (&found[1] == file).then(|| (number(2), number(3)))
    };
    let first = said.lines().next().unwrap_or_default();
    let mut head = None;
    for (line, next) in said.lines().zip(said.lines().skip(1).chain([""])) {
        if let Some(found) = GCC.captures(line) {
            if let Some((line, column)) = place(&found) {
                let code = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                mark((line, character(code, column)), severity(&found[4]), &found[5]);
            }
        } else if let Some(found) = RUSTC.captures(line) {
            head = Some((severity(&found[1]), found[2].to_string()));
        } else if let Some(found) = ARROW.captures(line) {
            // Only the first arrow is of the message; those of its notes follow.
            if let (Some((severity, message)), Some(place)) = (head.take(), place(&found)) {
                mark(place, severity, &message);
            }
        } else if let Some(found) = PANIC.captures(line) {
            place(&found).into_iter().for_each(|place| mark(place, Severity::Error, next));
        } else if let Some(found) = PLACE.captures(line) {
            place(&found).into_iter().for_each(|place| mark(place, Severity::Error, first));
        }
    }
    marks
}

fn severity(word: &str) -> Severity {
    if word == "error" { Severity::Error } else { Severity::Warning }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(line: usize, column: usize, severity: Severity, message: &str) -> Mark {
        Mark { line, column, severity, message: message.into() }
    }

    #[test]
    fn gcc_names_places() {
        let said = "/learn/ioctl/count/exercise.c: In function 'meter_get':\n\
                    /learn/ioctl/count/exercise.c:11:13: warning: unused variable 'x' [-Wunused-variable]\n   11 |  int x;\n\
                    exercise.c:12:9: error: expected ';' before 'return'\n/headers/other.h:1:1: error: no\n";
        let found = [
            mark(11, 6, Severity::Warning, "unused variable 'x' [-Wunused-variable]"),
            mark(12, 2, Severity::Error, "expected ';' before 'return'"),
        ];
        assert_eq!(all(said, "exercise.c", &format!("{}\tint x;\n\treturn 0;\n", "\n".repeat(10))), found);
    }

    #[test]
    fn rustc_names_places_and_only_the_first_of_a_message_counts() {
        let said = "`cargo build` failed\nerror[E0308]: mismatched types\n --> /learn/a/b/exercise.rs:4:13\n  |\n\
                    note: here\n --> /learn/a/b/exercise.rs:1:1\n\nwarning: unused\n  --> /judge/lib.rs:3:1\n\n\
                    error: could not compile\n";
        assert_eq!(all(said, "exercise.rs", ""), [mark(4, 13, Severity::Error, "mismatched types")]);
    }

    #[test]
    fn what_went_wrong_while_it_ran_has_a_place_too() {
        let said = "BUG: kernel NULL pointer dereference\nexercise.c:13, in exercise_init:\n  READ_ONCE(*nowhere);";
        assert_eq!(all(said, "exercise.c", ""), [mark(13, 1, Severity::Error, "BUG: kernel NULL pointer dereference")]);
        let said = "thread 'main' (3) panicked at /learn/a/b/exercise.rs:5:9:\nplanted\nnote: run with";
        assert_eq!(all(said, "exercise.rs", ""), [mark(5, 9, Severity::Error, "planted")]);
    }
}
