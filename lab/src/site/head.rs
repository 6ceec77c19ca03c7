//! What a page of the site says of itself to search engines and to those who show a link to it: what it is about, and, where the
//! site's address is known, a picture.

use crate::{
    book::contents::about,
    course::Course,
    report::spinner::Step,
    site::{
        contents::{Book, Entry},
        node,
    },
};
use anyhow::{Context, Result};
use regex::Regex;
use scraper::{Html, Selector};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// About so many letters of a description are shown.
const SHOWN: usize = 160;

/// Where mdBook says of each page what the book is about.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(<meta (?:name="description"|property="og:description") content=")[^"]*"#)
        .expect("a pattern that compiles")
});

/// A page of the book, for page/src/paper/show.ts.
#[derive(Serialize)]
pub struct Head {
    name: String,
    title: String,
    about: String,
}

impl Head {
    /// Those of all pages of the book in the folder `site`.
    pub fn all(course: &Course, book: &Book, site: &Path) -> Result<Vec<Self>> {
        let slugs = course.slugs()?;
        let of = |page: &Entry| {
            let path = site.join(&page.name).with_extension("html");
            let html = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let (folder, slug) = page.name.rsplit_once('/').unwrap_or(("", &page.name));
            let about = match (folder, slugs.iter().any(|other| other == slug)) {
                (_, false) => begun(&html).unwrap_or_else(|| book.about.clone()),
                ("notebooks", true) => format!("Cell by cell, with what each printed. {}", about(course, slug)?),
                ("sources", true) => format!("All of the code, in Rust and in C. {}", about(course, slug)?),
                _ => about(course, slug)?,
            };
            let title = page.title.trim_start_matches(|letter: char| ". ".contains(letter) || letter.is_ascii_digit());
            Ok(Head { name: page.name.clone(), title: title.into(), about })
        };
        book.pages.iter().map(of).collect()
    }

    /// Whether it is that of the file `path` of the site. The book's first page is its index once more.
    pub fn is_of(&self, path: &Path) -> bool {
        let path = if path == Path::new("index.html") { Path::new("crossings.html") } else { path };
        Path::new(&self.name).with_extension("html") == path
    }

    /// The page, which says what it is about, and not what the book is about.
    pub fn applied(&self, page: &str) -> String {
        let about = self.about.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('$', "$$");
        ABOUT.replace_all(page, format!("${{1}}{about}")).into_owned()
    }

    /// Where its picture is in the site.
    pub fn picture(&self) -> PathBuf {
        Path::new("previews").join(&self.name).with_extension("png")
    }
}

/// Makes the pictures in the folder `site` of the built book.
pub fn draw(browser: &Path, heads: &[Head], site: &Path) -> Result<()> {
    let _step = Step::start("make a picture of each page, which takes ten seconds");
    let json = serde_json::to_string(heads)?;
    let _drawn: usize = node::run("paper/previews.ts", &[browser.as_os_str(), site.as_os_str(), json.as_ref()])?;
    Ok(())
}

/// How the prose of a page begins: with whole sentences, if one is short enough.
fn begun(html: &str) -> Option<String> {
    let prose = Selector::parse("main > p:not(.facts)").ok()?;
    let text: String = Html::parse_document(html).select(&prose).next()?.text().collect();
    let mut shown = String::new();
    for word in text.split_whitespace() {
        if shown.chars().count() + word.chars().count() >= SHOWN {
            return Some(match shown.rfind(". ") {
                Some(end) => shown[..=end].to_string(),
                None => format!("{shown} …"),
            });
        }
        shown += if shown.is_empty() { "" } else { " " };
        shown += word;
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: &str) -> Head {
        Head { name: name.into(), title: "A".into(), about: "Costs \"$5\" & more".into() }
    }

    #[test]
    fn a_page_says_what_it_is_about_twice() {
        let page =
            "<meta property=\"og:description\" content=\"the book\">\n<meta name=\"description\" content=\"the book\">";
        let about = "content=\"Costs &quot;$5&quot; &amp; more\"";
        assert_eq!(
            head("a").applied(page),
            format!("<meta property=\"og:description\" {about}>\n<meta name=\"description\" {about}>")
        );
    }

    #[test]
    fn the_index_is_the_first_page() {
        assert!(
            head("crossings").is_of(Path::new("index.html")) && head("crossings").is_of(Path::new("crossings.html"))
        );
        assert!(head("sources/a").is_of(Path::new("sources/a.html")) && !head("a").is_of(Path::new("sources/a.html")));
    }

    #[test]
    fn a_description_ends_with_a_sentence_or_a_word() {
        let page = |text: &str| format!("<main><p class=facts>5 min</p><p>{text}</p><p>more</p></main>");
        assert_eq!(begun(&page("One <em>crossing</em>.")).expect("prose"), "One crossing.");
        let long = begun(&page(&"word ".repeat(50))).expect("prose");
        let sentences = format!("One crossing. {}", "word ".repeat(50));
        assert_eq!(begun(&page(&sentences)).expect("prose"), "One crossing.");
        assert!(long.ends_with("word …") && long.chars().count() <= SHOWN + 1, "{long}");
    }
}
