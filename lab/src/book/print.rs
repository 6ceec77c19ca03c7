//! `print.html`: all pages as one. mdBook puts them behind one another, so what two of them hold has its ids there twice: a
//! drawing, a file of shared code.

use anyhow::{Context, Result};
use regex::{Captures, Regex};
use std::{collections::BTreeSet, fs, path::Path};

/// What mdBook puts between two pages.
const BREAK: &str = "<div style=\"break-before: page; page-break-before: always;\"></div>";

/// Gives the later ones of equal ids in the book in `pages` names of their own, and to what refers to them on the same page.
pub fn part_ids(pages: &Path) -> Result<()> {
    let path = pages.join("print.html");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    fs::write(&path, parted(&text)?).with_context(|| format!("write {}", path.display()))
}

fn parted(text: &str) -> Result<String> {
    let id = Regex::new(r#"\sid="([^"]+)""#)?;
    let reference = Regex::new(r##"(\sid="|href="#|url\(#|aria-labelledby="|aria-describedby=")([^")]+)"##)?;
    let mut known = BTreeSet::new();
    let parted = text.split(BREAK).enumerate().map(|(place, page)| {
        let own: BTreeSet<&str> = id.captures_iter(page).filter_map(|id| id.get(1)).map(|id| id.as_str()).collect();
        let twice: BTreeSet<&str> = own.intersection(&known).copied().collect();
        known.extend(own);
        let rename = |name: &str| if twice.contains(name) { format!("{name}.{place}") } else { name.to_string() };
        let rename = |found: &Captures| {
            let names: Vec<String> = found[2].split(' ').map(rename).collect();
            format!("{}{}", &found[1], names.join(" "))
        };
        reference.replace_all(page, rename).into_owned()
    });
    Ok(parted.collect::<Vec<_>>().join(BREAK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_two_drawings_refers_to_itself() {
        let drawing =
            "<svg aria-labelledby=\"t d\"><title id=\"t\"></title><g id=\"d\"/><path marker-end=\"url(#d)\"/></svg>";
        let again = drawing
            .replace("\"t\"", "\"t.1\"")
            .replace("\"t d\"", "\"t.1 d.1\"")
            .replace("d\"/>", "d.1\"/>")
            .replace("#d", "#d.1");
        assert_eq!(parted(&[drawing, drawing].join(BREAK)).expect("a page"), [drawing, &again].join(BREAK));
    }

    #[test]
    fn ids_that_meet_nowhere_stay() {
        let pages = format!("<a id=\"a\"></a>{BREAK}<a href=\"#a\"></a><a id=\"b\"></a>");
        assert_eq!(parted(&pages).expect("a page"), pages);
    }
}
