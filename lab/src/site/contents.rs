//! What the book consists of, in the order in which one reads it: as mdBook has listed it in `toc.html`.

use crate::course::Course;
use anyhow::{Context, Result, ensure};
use scraper::{ElementRef, Html, Selector};
use serde::Serialize;
use std::{fs, path::Path};

/// The book, for page/src/paper/contents.ts.
#[derive(Debug, Serialize)]
pub struct Book {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: String,
    /// Its language, as HTML names it.
    pub language: String,
    /// Its pages.
    pub pages: Vec<Entry>,
}

/// A page of the book.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its path in the book, without `.html`.
    pub name: String,
    /// Its title, after its number if it has one.
    pub title: String,
    /// The part of the book that begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// How many pages it stands below.
    pub depth: usize,
}

impl Book {
    /// Reads what the book says of itself, and which pages it has in the folder `pages`.
    pub fn read(course: &Course, pages: &Path) -> Result<Self> {
        let path = course.root.join("book.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let table: toml::Table = text.parse().with_context(|| format!("parse {}", path.display()))?;
        let said = |key: &str| {
            let value = table.get("book").and_then(|book| book.get(key)).and_then(toml::Value::as_str);
            value.map(str::to_string).with_context(|| format!("{} says no {key}", path.display()))
        };
        let toc = pages.join("toc.html");
        let toc = fs::read_to_string(&toc).with_context(|| format!("read {}", toc.display()))?;
        let pages = listed(&toc);
        ensure!(!pages.is_empty(), "toc.html lists no page: it is not as mdBook 0.4 writes it");
        Ok(Book { title: said("title")?, about: said("description")?, language: said("language")?, pages })
    }
}

/// The pages in a list of mdBook's.
fn listed(toc: &str) -> Vec<Entry> {
    let Ok(items) = Selector::parse("li.part-title, a[href]") else { return Vec::new() };
    let (mut pages, mut part) = (Vec::new(), None);
    for item in Html::parse_document(toc).select(&items) {
        let title = item.text().collect::<String>().trim().to_string();
        match item.value().attr("href").and_then(|address| address.strip_suffix(".html")) {
            Some(name) => pages.push(Entry { name: name.into(), title, part: part.take(), depth: depth(item) }),
            None => part = Some(title),
        }
    }
    pages
}

/// In how many lists of pages below a page it stands.
fn depth(item: ElementRef) -> usize {
    let lists = item.ancestors().filter_map(ElementRef::wrap);
    lists.filter(|list| list.value().classes().any(|class| class == "section")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_their_parts_and_stand_below_others() {
        let toc = "<ol class=\"chapter\"><li><a href=\"hello.html\">Welcome</a></li><li><li class=\"part-title\">One</li>\
                   <li><a href=\"a.html\"><strong aria-hidden=\"true\">1.</strong> A</a></li>\
                   <li><ol class=\"section\"><li><a href=\"a/b.html\"><strong>1.1.</strong> B</a></li></ol></li></ol>";
        let entry = |name: &str, title: &str, part: Option<&str>, depth| Entry {
            name: name.into(),
            title: title.into(),
            part: part.map(str::to_string),
            depth,
        };
        let pages =
            [entry("hello", "Welcome", None, 0), entry("a", "1. A", Some("One"), 0), entry("a/b", "1.1. B", None, 1)];
        assert_eq!(listed(toc), pages);
    }
}
