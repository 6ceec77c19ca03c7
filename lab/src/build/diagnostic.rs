//! What compilers say of places in the sources, taken apart: rustc says it in JSON, gcc in lines of text.

use regex::Regex;
use serde::Serialize;
use serde_json::Value;
use std::{fs, path::Path, sync::LazyLock};

/// A tab stop of gcc's, which counts columns as a terminal shows them.
const TAB: usize = 8;

/// One message. Lines and columns count from 1, columns in characters; an end is not part of what is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// The source, by its path in the course.
    pub file: String,
    /// Where it begins.
    pub line: usize,
    /// Where it begins.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where it ends.
    pub end_column: usize,
    /// How bad it is.
    pub severity: Severity,
    /// In the compiler's words.
    pub message: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is built.
    Error,
    /// It is built all the same.
    Warning,
}

/// `FILE:LINE:COLUMN: KIND: WHAT`, as gcc begins a message.
static GCC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\S+?):(\d+):(\d+): (fatal error|error|warning): (.*)$").expect("a pattern that compiles")
});

/// What rustc says in one of its messages, as cargo passes them on; none: it names no place in the workspace.
pub fn of_rustc(message: &Value) -> Option<Diagnostic> {
    let severity = match message["level"].as_str()? {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        _ => return None,
    };
    let mut span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
    let label = span["label"].as_str();
    // What a macro of the standard library made of it is not meant, but where that was called.
    while span["file_name"].as_str()?.starts_with('/') {
        span = &span["expansion"]["span"];
    }
    let number = |name: &str| usize::try_from(span[name].as_u64()?).ok();
    let advice = message["children"].as_array().into_iter().flatten().filter_map(|child| {
        let is_help = matches!(child["level"].as_str(), Some("help" | "note"));
        is_help.then(|| {
            format!(
                "\n{}: {}",
                child["level"].as_str().unwrap_or_default(),
                child["message"].as_str().unwrap_or_default()
            )
        })
    });
    let said = message["message"].as_str()?;
    let label = label.map(|label| format!(": {label}")).unwrap_or_default();
    Some(Diagnostic {
        file: span["file_name"].as_str()?.to_string(),
        line: number("line_start")?,
        column: number("column_start")?,
        end_line: number("line_end")?,
        end_column: number("column_end")?,
        severity,
        message: format!("{said}{label}{}", advice.collect::<String>()),
    })
}

/// What gcc says of the sources below `root`, in a text in which their paths are relative to that.
pub fn of_gcc(said: &str, root: &Path) -> Vec<Diagnostic> {
    let lines: Vec<&str> = said.lines().collect();
    let all = lines.iter().enumerate().filter_map(|(at, line)| {
        let found = GCC.captures(line)?;
        let file = root.join(&found[1]);
        let text = fs::read_to_string(file).ok().filter(|_| !found[1].starts_with('/'))?;
        let (number, shown): (usize, usize) = (found[2].parse().ok()?, found[3].parse().ok()?);
        let code = text.lines().nth(number.checked_sub(1)?)?;
        let column = character(code, shown);
        let length = lines.get(at + 2).and_then(|line| marked(line)).unwrap_or(1);
        Some(Diagnostic {
            file: found[1].to_string(),
            line: number,
            column,
            end_line: number,
            end_column: character(code, shown + length).max(column),
            severity: if &found[4] == "warning" { Severity::Warning } else { Severity::Error },
            message: found[5].to_string(),
        })
    });
    all.collect()
}

/// How much gcc underlines from the caret on, in a line such as `      |         ^~~~~~`.
fn marked(line: &str) -> Option<usize> {
    let (before, rest) = line.split_once('|')?;
    let caret = rest.find('^').filter(|_| before.trim().is_empty())?;
    Some(1 + rest[caret + 1..].chars().take_while(|letter| *letter == '~').count())
}

/// The character of a line of C that stands in this column of a terminal; both count from 1.
pub fn character(line: &str, column: usize) -> usize {
    let mut reached = 1;
    for (at, letter) in line.chars().enumerate() {
        if reached >= column {
            return at + 1;
        }
        reached = if letter == '\t' { (reached - 1) / TAB * TAB + TAB + 1 } else { reached + 1 };
    }
    line.chars().count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn gcc_counts_columns_as_a_terminal_shows_them() {
        let folder = tempfile::tempdir().expect("tempdir");
        fs::write(folder.path().join("a.c"), "int a;\n\tint b = unknown;\n").expect("write");
        let said = "a.c: In function 'f':\na.c:2:17: error: 'unknown' undeclared (first use in this function)\n    2 |         int b = unknown;\n      |                 ^~~~~~~\n\
                    /elsewhere/b.h:1:1: warning: not ours\nb.c:1:1: error: not there\n";
        let expected = Diagnostic {
            file: "a.c".into(),
            line: 2,
            column: 10,
            end_line: 2,
            end_column: 17,
            severity: Severity::Error,
            message: "'unknown' undeclared (first use in this function)".into(),
        };
        assert_eq!(of_gcc(said, folder.path()), [expected]);
    }

    #[test]
    fn a_macros_message_belongs_where_it_is_called() {
        let called = json!({"file_name": "lessons/x/src/main.rs", "line_start": 3, "column_start": 5, "line_end": 3, "column_end": 9});
        let inner = json!({"file_name": "/rustc/library/std/src/macros.rs", "is_primary": true, "label": "here", "expansion": {"span": called}});
        let message = json!({"level": "error", "message": "no", "spans": [inner], "children": [{"level": "help", "message": "try"}]});
        let found = of_rustc(&message).expect("a place");
        assert_eq!((found.file.as_str(), found.line, found.end_column), ("lessons/x/src/main.rs", 3, 9));
        assert_eq!(found.message, "no: here\nhelp: try");
        assert_eq!(of_rustc(&json!({"level": "error", "message": "aborting", "spans": []})), None);
    }
}
