//! The search of the built book, made light. mdBook stores the whole index, in which all code stands twice and each section's
//! place three times. Here only texts are stored, and the browser makes the index of them when a search begins, with the
//! library that mdBook's own search box asks: elasticlunr. Of code and outputs, one word each is enough to be found by.

use anyhow::{Context, Result};
use regex::Regex;
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path, sync::LazyLock};

/// Between these stands mdBook's index, as JSON in a string of JavaScript.
const BEFORE: &str = "window.search = Object.assign(window.search, JSON.parse('";
const AFTER: &str = "'));";

/// A word by which code is found.
static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[A-Za-z_]\w{2,}|\b0x\w+").expect("a pattern that compiles"));

/// Puts the light index in the place of mdBook's in `pages`. What is in it, and where each part of it stands, stays mdBook's
/// choice.
pub fn lighten(pages: &Path) -> Result<()> {
    let path = pages.join("searchindex.js");
    let script = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let mut search = parse(&script).with_context(|| format!("{} is not as mdBook 0.4 writes it", path.display()))?;
    let docs = search["index"]["documentStore"]["docs"].take();
    let urls = search["doc_urls"].as_array().cloned().unwrap_or_default();
    let mut texts = Vec::new();
    let mut open = (String::new(), Html::new_document());
    for (place, url) in urls.iter().enumerate() {
        let (page, id) = url.as_str().and_then(|url| url.split_once('#')).context("an address without a section")?;
        if open.0 != page {
            let html = fs::read_to_string(pages.join(page)).with_context(|| format!("read {page}"))?;
            open = (page.to_string(), Html::parse_document(&html));
        }
        let doc = &docs[place.to_string()];
        let body = body(&open.1, id).with_context(|| format!("{page} has no #{id}"))?;
        texts.push(
            json!({ "id": place.to_string(), "title": doc["title"], "breadcrumbs": doc["breadcrumbs"], "body": body }),
        );
    }
    search["index"] = Value::Null;
    let script =
        include_str!("search.js").replace("SEARCH", &search.to_string()).replace("TEXTS", &json!(texts).to_string());
    fs::write(&path, script).with_context(|| format!("write {}", path.display()))
}

fn parse(script: &str) -> Result<Value> {
    let json = script.strip_prefix(BEFORE).and_then(|rest| rest.strip_suffix(AFTER)).context("no index")?;
    let (mut text, mut characters) = (String::with_capacity(json.len()), json.chars());
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    serde_json::from_str(&text).context("parse the index")
}

/// A section's prose, and then each word of its code that the prose lacks.
fn body(page: &Html, id: &str) -> Option<String> {
    let heading = page.select(&Selector::parse(&format!("[id=\"{id}\"]")).ok()?).next()?;
    let rest = heading.next_siblings().filter_map(ElementRef::wrap);
    let section = rest.take_while(|element| !["h1", "h2"].contains(&element.value().name()));
    let (mut prose, mut code) = (String::new(), String::new());
    section.for_each(|element| gather(element, &mut prose, &mut code));
    let prose: Vec<&str> = prose.split_whitespace().collect();
    let of = |text| WORD.find_iter(text).map(|word| word.as_str().to_string()).collect::<BTreeSet<_>>();
    let prose = prose.join(" ");
    let known = of(&prose);
    let names: Vec<String> = of(&code).into_iter().filter(|name| !known.contains(name)).collect();
    Some(format!("{prose} {}", names.join(" ")).trim().to_string())
}

/// The words of an element, those of code apart. The words in drawings are labels, which their descriptions repeat.
fn gather(element: ElementRef, prose: &mut String, code: &mut String) {
    let name = element.value().name();
    if name == "pre" {
        code.extend(element.text().chain([" "]));
        return;
    }
    if ["nav", "text", "style", "script"].contains(&name) || element.value().classes().any(|class| class == "facts") {
        return;
    }
    for child in element.children() {
        match child.value() {
            Node::Text(text) => prose.push_str(text),
            _ => ElementRef::wrap(child).into_iter().for_each(|child| gather(child, prose, code)),
        }
    }
    if !["a", "abbr", "code", "em", "strong", "span", "sup"].contains(&name) {
        prose.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_mdbook_escapes_it() {
        let script = format!("{BEFORE}{{\"doc\":\"it\\'s \\\\\"so\\\\\"\"}}{AFTER}");
        assert_eq!(parse(&script).expect("an index")["doc"], "it's \"so\"");
    }

    #[test]
    fn a_section_is_its_prose_and_the_words_of_its_code() {
        let page = Html::parse_document(
            "<h1 id=a>A</h1><p class=facts>5 min</p><nav>B</nav><p>The <code>ioctl</code>'s way.</p><ul><li>one<li>two</ul>\
             <pre><code>ioctl(fd, METER_RESET, METER_RESET); x = 0xc502</code></pre><h2 id=b>B</h2><p>other</p>",
        );
        assert_eq!(body(&page, "a").expect("a section"), "The ioctl's way. one two 0xc502 METER_RESET");
        assert_eq!(body(&page, "gone"), None);
    }
}
