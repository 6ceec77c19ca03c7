//! A page as a reader meets it: headings, boxes, listings and outputs, in order.

use regex::Regex;
use std::sync::LazyLock;

/// A box that the page's script works: a quotation that begins with one of these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Box {
    /// `> **Predict.** …`: the next output answers it.
    Predict,
    /// `> **Predict 1.** …`: one of the opening questions.
    Opening(u32),
    /// `> **Your answer 1.** …`: the next output answers an opening question.
    Answer(u32),
    /// `> **Quiz.** …`, with its whole text.
    Quiz(String),
}

/// What a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// A heading of the second or a lower level.
    Heading(String),
    /// A box.
    Box(Box),
    /// Code that is cut from a file.
    Listing,
    /// An output: whether it is the crash's, and the part's title.
    Output(bool, Option<String>),
}

static BOX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^> \*\*(Predict|Your answer|Quiz)(?: (\d+))?\.\*\*").expect("a pattern that compiles")
});
static OUTPUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^<!-- cmdrun \.\./lab/output \w+(?: (--crash)| --part "([^"]+)")? -->$"#)
        .expect("a pattern that compiles")
});

/// The elements of a page in order, each with the place in the text, in bytes, at which it begins.
pub fn of(text: &str) -> Vec<(usize, Element)> {
    let mut elements = Vec::new();
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        elements.extend(element(line.trim_end(), &text[place..]).map(|element| (place, element)));
        place += line.len();
    }
    elements
}

/// What a line begins, if anything; `rest` is the text from there on.
fn element(line: &str, rest: &str) -> Option<Element> {
    if let Some(found) = BOX.captures(line) {
        let number = found.get(2).and_then(|number| number.as_str().parse().ok());
        return Some(Element::Box(match (&found[1], number) {
            ("Predict", None) => Box::Predict,
            ("Predict", Some(number)) => Box::Opening(number),
            ("Your answer", Some(number)) => Box::Answer(number),
            ("Quiz", None) => Box::Quiz(quotation(rest)),
            _ => return None,
        }));
    }
    if let Some(found) = OUTPUT.captures(line) {
        return Some(Element::Output(found.get(1).is_some(), found.get(2).map(|part| part.as_str().to_string())));
    }
    if line.starts_with("##") {
        return Some(Element::Heading(line.trim_start_matches('#').trim().to_string()));
    }
    let is_code = [".rs", ".c", ".h"]
        .iter()
        .any(|ending| line.contains(&format!("{ending}:")) || line.contains(&format!("{ending}}}")));
    (line.starts_with("{{#include ../") && is_code).then_some(Element::Listing)
}

/// The lines of a quotation, without their `>`.
fn quotation(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with('>'));
    lines.map(|line| format!("{}\n", line.trim_start_matches('>').trim_start_matches(' '))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_in_order() {
        let text = "# T\n\n## A\n\n> **Predict 2.** x\n\n```rust\n{{#include ../a/b.rs:c}}\n```\n\n\
                    <!-- cmdrun ../lab/output x --part \"p q\" -->\n\n> **Your answer 2.** y\n\n<!-- cmdrun ../lab/output x --crash -->\n\n\
                    > **Quiz.** z\n>\n> - [x] a\n\n> **Note.** n\n\n{{#include figures/x.svg}}\n";
        let elements: Vec<Element> = of(text).into_iter().map(|(_, element)| element).collect();
        assert_eq!(
            elements,
            [
                Element::Heading("A".into()),
                Element::Box(Box::Opening(2)),
                Element::Listing,
                Element::Output(false, Some("p q".into())),
                Element::Box(Box::Answer(2)),
                Element::Output(true, None),
                Element::Box(Box::Quiz("**Quiz.** z\n\n- [x] a\n".into())),
            ]
        );
    }
}
