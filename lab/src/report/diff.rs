//! The difference between two texts: what was expected and what was printed, what a learner began with and what they have.

use diffy::{DiffOptions, Hunk, Line};
use serde::Serialize;

/// The longest difference shown, in lines.
const LINES: usize = 60;

/// Lines that are the same, on either side of a difference that is shown.
pub const CONTEXT: usize = 2;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// `-` was expected, `+` was printed, a space: both. `@` names the place of the lines that follow, `…`: there are more.
    pub sign: char,
    /// The line. What cannot be seen is spelled out.
    pub text: String,
}

/// A unified difference, in so many lines as one can read.
pub fn signed_lines(expected: &str, printed: &str) -> Vec<Signed> {
    let mut lines = Vec::new();
    let mut shown = 0;
    let patch = patch(expected, printed, CONTEXT);
    for hunks in touching(&patch) {
        lines.push(Signed { sign: '@', text: head(hunks) });
        for line in hunks.iter().flat_map(Hunk::lines) {
            if shown == LINES {
                lines.push(Signed { sign: '…', text: "and more".into() });
                return lines;
            }
            shown += 1;
            let (sign, line) = signed(line);
            let plain = line.trim_end_matches('\n');
            let visible = if plain.ends_with(char::is_whitespace) || plain.contains('\r') {
                format!("{plain:?}")
            } else {
                plain.to_string()
            };
            let ending = if line.ends_with('\n') { "" } else { "   (no newline at the end)" };
            lines.push(Signed { sign, text: format!("{visible}{ending}") });
        }
    }
    lines
}

/// The same as a text: `-` was expected, `+` was printed. Lines whose only difference cannot be seen say so.
pub fn lines(expected: &str, printed: &str) -> String {
    let mut text = String::from("  - expected\n  + printed\n");
    for Signed { sign, text: line } in signed_lines(expected, printed) {
        text += &if sign == '@' { format!("  {line}\n") } else { format!("  {sign} {line}\n") };
    }
    text
}

/// The hunks from one text to another, as `diff -U context` writes them; nothing if they are the same.
pub fn unified(old: &str, new: &str, context: usize) -> String {
    let mut text = String::new();
    for hunks in touching(&patch(old, new, context)) {
        text += &format!("{}\n", head(hunks));
        for (sign, line) in hunks.iter().flat_map(Hunk::lines).map(signed) {
            let ending = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            text += &format!("{sign}{line}{ending}");
        }
    }
    text
}

fn patch<'a>(old: &'a str, new: &'a str, context: usize) -> diffy::Patch<'a, str> {
    DiffOptions::new().set_context_len(context).create_patch(old, new)
}

/// The hunks, in groups of those that touch each other: diffy keeps them apart, and diff(1) makes one of them.
fn touching<'a>(patch: &'a diffy::Patch<'_, str>) -> impl Iterator<Item = &'a [Hunk<'a, str>]> {
    patch.hunks().chunk_by(|one, next| one.old_range().end() == next.old_range().start())
}

/// The head of a group of hunks.
fn head(hunks: &[Hunk<str>]) -> String {
    let old: usize = hunks.iter().map(|hunk| hunk.old_range().len()).sum();
    let new: usize = hunks.iter().map(|hunk| hunk.new_range().len()).sum();
    let (old, new) = (range(hunks[0].old_range().start(), old), range(hunks[0].new_range().start(), new));
    format!("@@ -{old} +{new} @@")
}

/// Lines, as the head of a hunk names them.
fn range(start: usize, length: usize) -> String {
    if length == 1 { start.to_string() } else { format!("{start},{length}") }
}

fn signed<'a>(line: &Line<'a, str>) -> (char, &'a str) {
    match line {
        Line::Delete(line) => ('-', line),
        Line::Insert(line) => ('+', line),
        Line::Context(line) => (' ', line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_byte_shows_both_lines() {
        let text = lines("a\nb\n", "a\nc\n");
        assert!(text.contains("  - b\n  + c\n"), "{text}");
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert!(lines("a\n", "a").contains("no newline at the end"));
        assert!(lines("a\n", "a \n").contains("\"a \""));
    }

    #[test]
    fn an_endless_difference_is_cut() {
        assert!(lines("", &"x\n".repeat(1000)).lines().count() < LINES + 10);
    }

    fn numbered(changed: &[usize]) -> String {
        (1..=20).map(|line| if changed.contains(&line) { format!("{line}!\n") } else { format!("{line}\n") }).collect()
    }

    /// The heads of the hunks from the numbers 1 to 20 to the same with changes.
    fn heads(changed: &[usize]) -> Vec<String> {
        let patch = unified(&numbered(&[]), &numbered(changed), 3);
        let parsed = diffy::Patch::from_str(&patch).expect("a patch");
        assert_eq!(diffy::apply(&numbered(&[]), &parsed).expect("it applies"), numbered(changed));
        patch.lines().filter(|line| line.starts_with("@@")).map(str::to_string).collect()
    }

    #[test]
    fn hunks_are_joined_where_diff_joins_them() {
        assert_eq!(heads(&[1]), ["@@ -1,4 +1,4 @@"]);
        // Six lines between two changes are the context of both.
        assert_eq!(heads(&[5, 12]), ["@@ -2,14 +2,14 @@"]);
        assert_eq!(heads(&[5, 13]), ["@@ -2,7 +2,7 @@", "@@ -10,7 +10,7 @@"]);
    }

    #[test]
    fn the_form_is_that_of_diff() {
        assert_eq!(unified("one\n\ntwo\n", "one\n\nthree\n", 3), "@@ -1,3 +1,3 @@\n one\n \n-two\n+three\n");
        assert_eq!(unified("one\n", "one\ntwo\n", 3), "@@ -1 +1,2 @@\n one\n+two\n");
        assert_eq!(unified("one\n", "one", 3), "@@ -1 +1 @@\n-one\n+one\n\\ No newline at end of file\n");
        assert_eq!(unified("one\n", "one\n", 3), "");
    }
}
