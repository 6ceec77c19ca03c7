//! The difference between what was expected and what was printed.

use similar::{ChangeTag, TextDiff};

/// The longest difference shown, in lines.
const LINES: usize = 60;

/// A unified difference: `-` was expected, `+` was printed. Lines whose only difference cannot be seen say so.
pub fn lines(expected: &str, printed: &str) -> String {
    let diff = TextDiff::from_lines(expected, printed);
    let mut text = String::from("  - expected\n  + printed\n");
    let mut shown = 0;
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        text += &format!("  {}\n", hunk.header());
        for change in hunk.iter_changes() {
            if shown == LINES {
                return text + "  … and more\n";
            }
            shown += 1;
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line = change.value().trim_end_matches('\n');
            let visible = if line.ends_with(char::is_whitespace) || line.contains('\r') {
                format!("{line:?}")
            } else {
                line.to_string()
            };
            let ending = if change.missing_newline() { "   (no newline at the end)" } else { "" };
            text += &format!("  {sign} {visible}{ending}\n");
        }
    }
    text
}

/// What was changed in a text, as diff(1) has it.
pub fn unified(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string()
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
}
