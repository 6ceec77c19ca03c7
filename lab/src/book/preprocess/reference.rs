//! Names of manual pages, of the kernel's documents and of its sources become links that can be followed: each once in a section.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;
use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

/// Where the kernel's sources are read, at the release of the default kernel.
const SOURCES: &str = "https://elixir.bootlin.com/linux/v6.12/source";

/// Where the kernel's documents are read.
const DOCUMENTS: &str = "https://docs.kernel.org";

/// Where the manual pages are read.
const MANUAL: &str = "https://man7.org/linux/man-pages";

/// The top folders of the kernel's sources that pages speak of.
const FOLDERS: &str =
    "arch|block|drivers|fs|include|init|io_uring|ipc|kernel|lib|mm|net|samples|scripts|security|tools";

/// A manual page, as prose names it.
static MANUAL_PAGE: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[a-z_][a-z0-9_.-]*\([1-8]\)"));

/// A file of the kernel's sources.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"^(?:{FOLDERS})/[\w./-]+\.(?:c|h|S|lds|yaml)$")));

/// A part of the text that becomes a link, and where that leads.
type Link = (Range<usize>, String);

/// The page with its links.
pub fn linked(text: &str) -> String {
    let (mut page, mut end) = (String::new(), 0);
    for (range, target) in links(text) {
        page += &format!("{}[{}]({target})", &text[end..range.start], &text[range.clone()]);
        end = range.end;
    }
    page + &text[end..]
}

fn links(text: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut told = BTreeSet::new();
    // Inside of a link, a heading or a fenced block nothing becomes a link.
    let mut closed = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let found = match event {
            Event::Start(Tag::Heading { .. }) => {
                told.clear();
                closed += 1;
                continue;
            }
            Event::Start(Tag::Link { .. } | Tag::CodeBlock(_)) => {
                closed += 1;
                continue;
            }
            Event::End(TagEnd::Heading(_) | TagEnd::Link | TagEnd::CodeBlock) => {
                closed -= 1;
                continue;
            }
            Event::Text(_) => manual_pages(&text[range.clone()], range.start),
            Event::Code(code) => target(&code).map(|target| (range, target)).into_iter().collect(),
            _ => continue,
        };
        if closed == 0 {
            links.extend(found.into_iter().filter(|(_, target)| told.insert(target.clone())));
        }
    }
    links
}

/// The manual pages that a passage names; it begins at `start`.
fn manual_pages(passage: &str, start: usize) -> Vec<Link> {
    MANUAL_PAGE
        .find_iter(passage)
        .filter_map(|found| Some((start + found.start()..start + found.end(), manual_page(found.as_str())?)))
        .collect()
}

/// Where a manual page is read, by a name like `read(2)`.
fn manual_page(name: &str) -> Option<String> {
    let (page, section) = name.strip_suffix(')')?.rsplit_once('(')?;
    let is_section = section.len() == 1 && ("1"..="8").contains(&section);
    let is_page =
        !page.is_empty() && page.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
    (is_section && is_page).then(|| format!("{MANUAL}/man{section}/{page}.{section}.html"))
}

/// Where that which stands in code leads, if it names something that can be read.
fn target(code: &str) -> Option<String> {
    let document = code.strip_prefix("Documentation/").and_then(|path| path.strip_suffix(".rst"));
    if let Some(path) = document {
        return Some(format!("{DOCUMENTS}/{path}.html"));
    }
    if SOURCE.is_match(code) || code.starts_with("Documentation/") {
        return Some(format!("{SOURCES}/{code}"));
    }
    manual_page(code)
}

/// A regular expression of this file.
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_becomes_a_link() {
        for (text, linked_text) in [
            ("See read(2).", "See [read(2)](https://man7.org/linux/man-pages/man2/read.2.html)."),
            ("`mq_open(3)`", "[`mq_open(3)`](https://man7.org/linux/man-pages/man3/mq_open.3.html)"),
            (
                "`Documentation/trace/ftrace.rst`",
                "[`Documentation/trace/ftrace.rst`](https://docs.kernel.org/trace/ftrace.html)",
            ),
            ("`fs/ioctl.c`", "[`fs/ioctl.c`](https://elixir.bootlin.com/linux/v6.12/source/fs/ioctl.c)"),
        ] {
            assert_eq!(linked(text), linked_text);
        }
    }

    #[test]
    fn other_text_stays() {
        for text in
            ["f(2x)", "`read(2, p, 1)`", "# read(2)\n", "[read(2)](x.md)", "```c\nread(2)\n```\n", "a read(9) b"]
        {
            assert_eq!(linked(text), text);
        }
    }

    #[test]
    fn each_is_a_link_once_in_a_section() {
        let page = linked("read(2) and read(2)\n\n## Next\n\nread(2)\n");
        assert_eq!(page.matches("](").count(), 2, "{page}");
    }
}
