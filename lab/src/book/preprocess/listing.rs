//! Listings say where they stand: on which side of the crossing, in which file, in which lines.

use crate::{
    book::{anchors, source},
    course::Course,
};
use regex::{Captures, Regex};
use std::{fs, sync::LazyLock};

/// A block of code that is cut from a file: its language, the file, the anchor.
static LISTING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^```(rust|c|c,contract)\n\{\{#include \.\./([^}:]+)(?::([^}]+))?\}\}\n```$")
        .expect("a pattern that compiles")
});

/// The page, with a caption to each listing that is cut from a file of the course.
pub fn captioned(course: &Course, slug: &str, text: &str) -> String {
    let figure = |found: &Captures| {
        let (language, file, anchor) = (&found[1], &found[2], found.get(3).map(|anchor| anchor.as_str()));
        let side = match language {
            "rust" => "user space",
            "c" => "kernel",
            _ => "both sides",
        };
        let lines = anchor.and_then(|anchor| {
            let text = fs::read_to_string(course.root.join(file)).ok()?;
            let lines = anchors::lines(&text, anchor)?;
            Some(format!(", lines {} to {}", lines.start(), lines.end()))
        });
        format!(
            "<figure class=\"listing\">\n<figcaption><span class=\"{language}\">{side}</span> \
             <a href=\"sources/{slug}.html#{}\">{file}</a>{}</figcaption>\n\n{}\n\n</figure>",
            source::id(file, anchor),
            lines.unwrap_or_default(),
            &found[0],
            language = language.replace("c,", ""),
        )
    };
    LISTING.replace_all(text, figure).into_owned()
}
