//! The words of the built book, looked up in a dictionary: hunspell's British English, and `ci/words.txt` for what the
//! field says and a dictionary does not know. What is set as code is not looked at.

use crate::{book::page, course::Course};
use anyhow::{Context, Result};
use regex::Regex;
use scraper::{Html, Selector};
use spellbook::Dictionary;
use std::{collections::BTreeSet, fs, path::Path};

/// Where Debian's package hunspell-en-gb puts the dictionary; there is a `.aff` beside it.
pub const DICTIONARY: &str = "/usr/share/hunspell/en_GB.dic";

/// What is no prose, though it stands on a page.
const NO_PROSE: [&str; 5] = ["code", "pre", "svg", "script", "style"];

/// The words in the pages that nobody knows, a line for each word and page.
pub fn faults(course: &Course) -> Result<Vec<String>> {
    let known = Known::of(course)?;
    let mut faults = BTreeSet::new();
    let pages = page::read(&course.pages())?;
    // print.html holds all pages once more.
    for (path, text) in pages.iter().filter(|(path, _)| !path.ends_with("print.html")) {
        let name = path.strip_prefix(course.pages()).unwrap_or(path).display();
        let unknown = words(&prose(&Html::parse_document(text))).into_iter().filter(|word| !known.word(word));
        faults.extend(unknown.map(|word| format!("{name}: is \"{word}\" spelt right? If so, add it to ci/words.txt")));
    }
    Ok(faults.into_iter().collect())
}

/// The dictionary and the course's own words.
struct Known {
    dictionary: Dictionary,
    own: BTreeSet<String>,
}

impl Known {
    fn of(course: &Course) -> Result<Self> {
        let read = |path: &Path| {
            fs::read_to_string(path).with_context(|| format!("read {}: `ci/setup.sh` installs it", path.display()))
        };
        let path = Path::new(DICTIONARY);
        let dictionary = Dictionary::new(&read(&path.with_extension("aff"))?, &read(path)?)
            .map_err(|error| anyhow::anyhow!("{DICTIONARY}: {error}"))?;
        let own = fs::read_to_string(course.root.join("ci/words.txt")).unwrap_or_default();
        Ok(Known { dictionary, own: own.lines().map(str::to_lowercase).collect() })
    }

    fn word(&self, word: &str) -> bool {
        let stem = word.strip_suffix("'s").unwrap_or(word);
        [word, stem].iter().any(|form| self.dictionary.check(form) || self.own.contains(&form.to_lowercase()))
    }
}

/// The text of a page that is meant to be read as a language.
fn prose(page: &Html) -> String {
    let Ok(main) = Selector::parse("main") else { return String::new() };
    let texts = page.select(&main).flat_map(|main| main.descendants()).filter_map(|node| {
        let text = node.value().as_text()?;
        let ancestors = node.ancestors().filter_map(|ancestor| ancestor.value().as_element());
        (!ancestors.map(|element| element.name()).any(|name| NO_PROSE.contains(&name))).then(|| text.to_string())
    });
    // What is set as code between two texts must not join them to one word.
    texts.collect::<Vec<_>>().join(" ")
}

/// The words in a text. A name is none: what holds a digit, an underscore, a slash, or a capital inside.
fn words(text: &str) -> Vec<String> {
    let manual = Regex::new(r"\w+\(\d\w*\)").expect("a regular expression");
    let text = manual.replace_all(text, " ").replace('’', "'");
    let letters = |word: &&str| word.chars().all(|letter| letter.is_alphabetic() || letter == '\'');
    let capital_inside = |word: &&str| word.chars().skip(1).any(char::is_uppercase);
    text.split(|letter: char| letter.is_whitespace() || "-–—,;:()\"“”…".contains(letter))
        .map(|word| word.trim_matches(|letter: char| ".!?'*".contains(letter)))
        .filter(|word| word.len() > 1)
        .filter(letters)
        .filter(|word| !capital_inside(word))
        .map(str::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Vec<String> {
        words(&prose(&Html::parse_document(&format!("<main>{html}</main>"))))
    }

    #[test]
    fn prose_is_taken_apart_into_words() {
        assert_eq!(
            of("<p>It's a read-only file: <em>that</em> “is” all.</p>"),
            ["It's", "read", "only", "file", "that", "is", "all"]
        );
    }

    #[test]
    fn code_and_names_are_no_words() {
        assert_eq!(of("<p><code>kstrtou8</code> and open(2), O_DIRECT, blk_mq, CAP, /proc, 16 KiB</p>"), ["and"]);
        assert_eq!(of("<pre>xyzzy</pre><svg><text>xyzzy</text></svg>"), [""; 0]);
    }
}
