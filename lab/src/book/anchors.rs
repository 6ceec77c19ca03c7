//! The anchors by which mdBook cuts a passage out of a source file: `ANCHOR: name` in a comment begins it, `ANCHOR_END: name`
//! ends it, and neither line is shown.

use std::ops::RangeInclusive;

/// The name that a line gives to an anchor that begins there.
pub fn begun(line: &str) -> Option<&str> {
    marked(line, "ANCHOR:")
}

/// Whether a line only begins or ends an anchor.
pub fn is_mark(line: &str) -> bool {
    begun(line).is_some() || ended(line).is_some()
}

/// The lines of a file, from 1 on, between the marks of an anchor. None: it has no such anchor.
pub fn lines(text: &str, anchor: &str) -> Option<RangeInclusive<usize>> {
    let place = |mark: fn(&str) -> Option<&str>| text.lines().position(|line| mark(line) == Some(anchor));
    Some(place(begun)? + 2..=place(ended)?)
}

fn ended(line: &str) -> Option<&str> {
    marked(line, "ANCHOR_END:")
}

fn marked<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(mark)?;
    rest.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_lies_between_its_marks() {
        let text = "a\n/* ANCHOR: one */\nb\n// ANCHOR: two\nc\n// ANCHOR_END: two\n/* ANCHOR_END: one */\n";
        assert_eq!(lines(text, "one"), Some(3..=6));
        assert_eq!(lines(text, "two"), Some(5..=5));
        assert_eq!(lines(text, "three"), None);
        assert_eq!(text.lines().filter(|line| is_mark(line)).count(), 4);
    }
}
