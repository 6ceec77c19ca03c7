//! The table on the first page of a site: which parts of each chapter print the same in a browser, which rightly print something
//! else on a 32-bit kernel, and what is not there.

use crate::{
    build::manifest::Manifest,
    course::Course,
    lessons::{part, scene::Scene},
    site::{chapter, template::SERIES},
};
use ::lesson::LACKING;
use anyhow::{Context, Result};
use std::fs;

/// Where it stands in the page; elsewhere the book has none.
pub const PLACE: &str = "<!-- in-browser -->";

/// A chapter's row.
#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    same: usize,
    /// The titles of the others.
    other: Vec<String>,
    /// Where something is lacking, and what, or why.
    lacking: Vec<String>,
}

/// The table, in HTML.
pub fn of(course: &Course) -> Result<String> {
    let mut rows = String::new();
    for slug in course.reading_order()? {
        let golden = Scene::Story.golden(course, &slug);
        let elsewhere = fs::read_to_string(&golden).with_context(|| format!("read {}", golden.display()))?;
        let mut row = row(&elsewhere, &chapter::expected(course, &slug)?)?;
        let reasons = Manifest::of(&course.lesson(&slug))?.not_in_browser;
        row.lacking.extend(reasons.iter().map(|(scene, why)| format!("{scene}: {why}")));
        let Row { same, other, lacking } = row;
        rows += &format!(
            "<tr><th scope=\"row\"><a href=\"{slug}.html\">{slug}</a></th><td>{same}</td><td>{}</td><td>{}</td></tr>\n",
            other.join(", "),
            lacking.join("; ")
        );
    }
    Ok(format!(
        "<p>On this site the lessons run in your browser, on a Linux {SERIES} for 32-bit PCs with one processor. What \
         each chapter prints there is compared, too:</p>\n\
         <div class=\"table-wrapper\"><table><thead><tr><th>chapter</th><th>parts that print the same</th>\
         <th>parts that print something else</th><th>what is not there</th></tr></thead><tbody>\n{rows}</tbody></table></div>"
    ))
}

/// What a chapter prints elsewhere, and there, part by part.
fn row(elsewhere: &str, there: &str) -> Result<Row> {
    let mut row = Row::default();
    for title in part::titles(elsewhere) {
        let text = part::select(there, Some(title))?;
        match text == part::select(elsewhere, Some(title))? {
            true => row.same += 1,
            false => row.other.push(title.to_string()),
        }
        let lacking = text.lines().filter_map(|line| line.strip_prefix(LACKING));
        row.lacking.extend(lacking.map(|what| format!("{title}: {what}")));
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_passed_over_in_silence() {
        let elsewhere = "== one\na\n\n== two\nb\n\n== three\nc\n";
        let there = format!("== one\na\n\n== two\nB\n\n== three\nC\n{LACKING}c\n");
        let (other, lacking) = (["two", "three"].map(String::from).to_vec(), vec!["three: c".to_string()]);
        assert_eq!(row(elsewhere, &there).expect("a row"), Row { same: 1, other, lacking });
        assert!(row(elsewhere, "== one\na\n").expect_err("a part is gone").to_string().contains("two"));
    }
}
