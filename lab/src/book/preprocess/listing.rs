//! Listings say where they stand: on which side of the crossing, in which file, in which lines. For the page's script they say it
//! once more where a reader may change the file.

use crate::{
    book::{anchors, source},
    course::Course,
    lessons::overlay,
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
            anchors::lines(&text, anchor)
        });
        let (caption, data) = match &lines {
            Some(lines) => (
                format!(", lines {} to {}", lines.start(), lines.end()),
                format!(" data-lines=\"{}-{}\"", lines.start(), lines.end()),
            ),
            None => Default::default(),
        };
        let edited = overlay::lesson_of(course, file)
            .map(|lesson| format!(" data-slug=\"{lesson}\" data-file=\"{file}\"{data}"));
        // What belongs to no lesson stands on no page of code.
        let file = match course.book().join("sources").join(slug).with_extension("md").is_file() {
            true => format!("<a href=\"sources/{slug}.html#{}\">{file}</a>", source::id(file, anchor)),
            false => file.to_string(),
        };
        format!(
            "<figure class=\"listing\"{}>\n<figcaption><span class=\"{language}\">{side}</span> \
             {file}{caption}</figcaption>\n\n{}\n\n</figure>",
            edited.unwrap_or_default(),
            &found[0],
            language = language.replace("c,", ""),
        )
    };
    LISTING.replace_all(text, figure).into_owned()
}
