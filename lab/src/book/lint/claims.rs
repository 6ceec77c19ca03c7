//! Claims about releases, and their sources. A page that says "since 5.11" says in a comment how its author knows:
//!
//! ```text
//! <!-- since: WHAT 5.11, SOURCE -->
//! ```
//!
//! The comment stands in the paragraph or directly after it, and names the release. A source is a manual page, a commit,
//! or a line of a file, with the file's folder.

use crate::vm::kernels::KNOWN;
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// What a release is called: of Linux, or of glibc.
static RELEASE: LazyLock<Regex> = LazyLock::new(|| regex(r"\d+(?:\.\d+)+"));

/// Which of these numbers can be a release.
static POSSIBLE: LazyLock<Regex> = LazyLock::new(|| regex(r"^[2-7]\.(?:0|[1-9]\d?)(?:\.\d{1,3})?$"));

/// What may stand between a word of the lists below and the number.
const NOUNS: &str = r"(?:(?:the|a|our|Debian's|Linux|kernels?|versions?|releases?|glibc)\s+)*v?$";

/// Before a boundary.
static BOUNDARY: LazyLock<Regex> = LazyLock::new(|| {
    let words = "since|until|till|before|after|up to|as of|than|(?:are|is) from";
    let changes = "came|come|comes|coming|appeared|added|removed|introduced|gone|dropped|changed|renamed|replaced";
    regex(&format!(r"(?i)\b(?:{words}|(?:{changes}) (?:in|with|by))\s+{NOUNS}"))
});

/// Before a release that is named at all: a boundary, unless it is a kernel of the lab's.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let words = "in|on|from|to|with|by|between|and|or|of|Linux|kernels?|version|release|glibc";
    regex(&format!(r"(?i)(?:\b(?:{words})\s+|\|\s*){NOUNS}"))
});

/// After a boundary.
static ONWARDS: LazyLock<Regex> = LazyLock::new(|| {
    let sides = "newer|later|older|earlier|above|below|up";
    let changes = "added|brought|changed|dropped|gave|introduced|lifted|lost|made|merged|moved|removed|renamed|replaced|\
                   separated|split|took|turned";
    regex(&format!(r"^\s+(?:(?:or|and)\s+(?:{sides})\b|onwards?\b|(?:has\s+)?(?:{changes})\b)"))
});

/// Before and after a boundary: "from 6.9 on".
static FROM: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"(?i)\bfrom\s+{NOUNS}")));
static ON: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s+on\b"));

/// After a number that counts something.
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^\s?(?:%|×|[kKMGT](?:i?B|Hz)\b|[mµn]?s\b|(?:seconds?|minutes?|hours?|times|bytes?|lines?|events?)\b)")
});

/// Before a release of something else.
static OTHER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:clang|gcc|LLVM|neli|nix|Python|QEMU|Rust)\s+v?$"));

static COMMENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)<!--(.*?)-->"));
static CODE: LazyLock<Regex> = LazyLock::new(|| regex(r"`[^`]*`"));

/// A comment that is meant to be a source.
static SINCE: LazyLock<Regex> = LazyLock::new(|| regex(r"(?is)^\s*since\b"));

/// One that is one: what has changed, and a manual page, a commit, or a line of a file.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?s)^\s*since:\s*\S.*,\s*(?:.*\b\w+\(\d\w*\)|.*\bcommit [0-9a-f]{7,40}\b|.*\w/[\w./+-]*\w:\d+)")
});

const SHAPE: &str = "a source is a manual page, `NAME(2)`, or `commit HASH`, or `FOLDER/FILE:LINE`";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a regular expression")
}

/// The claims of a page without a source, and the sources that are none. `name` is what to call the page.
pub fn faults(name: &str, page: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for paragraph in paragraphs(page) {
        for (line, comment) in &paragraph.sources {
            if !SOURCE.is_match(comment) {
                faults.push(format!(
                    "{name}:{line}: <!--{comment}--> is not of the form <!-- since: WHAT RELEASE, SOURCE -->; {SHAPE}"
                ));
            }
        }
        for claim in claims(&paragraph.prose) {
            let release = &paragraph.text[claim.clone()];
            let has_it = |comment: &String| RELEASE.find_iter(comment).any(|found| found.as_str() == release);
            if !paragraph.sources.iter().any(|(_, comment)| has_it(comment)) {
                let line = paragraph.line + paragraph.text[..claim.start].matches('\n').count();
                faults.push(format!(
                    "{name}:{line}: \"{}\" claims something about {release} without its source: write <!-- since: WHAT \
                     {release}, SOURCE --> at the end of the paragraph; {SHAPE}",
                    around(&paragraph.text, claim)
                ));
            }
        }
    }
    faults
}

/// A paragraph, a list or a table, with its sources.
#[derive(Default)]
struct Paragraph {
    /// The number of its first line.
    line: usize,
    /// Its text, with spaces for comments.
    text: String,
    /// Its text with spaces for comments and for code, byte for byte.
    prose: String,
    /// The comments that begin with "since", and their lines.
    sources: Vec<(usize, String)>,
}

/// A page without its code blocks.
fn paragraphs(page: &str) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let (mut block, mut begins, mut fenced) = (String::new(), 1, false);
    for (number, line) in page.lines().chain([""]).enumerate() {
        let text = line.trim_start_matches([' ', '>']);
        let fence = text.starts_with("```");
        if !fence && !fenced && !text.is_empty() {
            begins = if block.is_empty() { number + 1 } else { begins };
            block += text;
            block.push('\n');
            continue;
        }
        fenced ^= fence;
        let paragraph = paragraph(begins, &std::mem::take(&mut block));
        match paragraphs.last_mut() {
            Some(before) if paragraph.text.trim().is_empty() => before.sources.extend(paragraph.sources),
            _ => paragraphs.push(paragraph),
        }
        if fence {
            paragraphs.push(Paragraph { text: "```".into(), ..Paragraph::default() });
        }
    }
    paragraphs
}

fn paragraph(line: usize, block: &str) -> Paragraph {
    let comments = COMMENT.captures_iter(block).filter(|comment| SINCE.is_match(&comment[1]));
    let sources = comments.map(|comment| {
        let at = comment.get(0).map_or(0, |whole| whole.start());
        (line + block[..at].matches('\n').count(), comment[1].to_string())
    });
    let sources = sources.collect();
    let text = blank(&COMMENT, block);
    Paragraph { line, prose: blank(&CODE, &text), text, sources }
}

/// The text with spaces for what matches.
fn blank(what: &Regex, text: &str) -> String {
    let space = |letter: char| if letter == '\n' { "\n".to_string() } else { " ".repeat(letter.len_utf8()) };
    what.replace_all(text, |found: &regex::Captures| found[0].chars().map(space).collect::<String>()).into_owned()
}

/// Where a release is named as the boundary of something.
fn claims(text: &str) -> Vec<Range<usize>> {
    let found = RELEASE.find_iter(text).filter(|found| {
        let (before, after) = (&text[..found.start()], &text[found.end()..]);
        let whole = !before
            .ends_with(|letter: char| letter.is_alphanumeric() && letter != 'v' || "-_/.≈".contains(letter))
            && !after.starts_with(|letter: char| letter.is_alphanumeric() || "_/".contains(letter));
        if !POSSIBLE.is_match(found.as_str()) || !whole || UNIT.is_match(after) || OTHER.is_match(before) {
            return false;
        }
        BOUNDARY.is_match(before)
            || ONWARDS.is_match(after)
            || FROM.is_match(before) && ON.is_match(after)
            || NAMED.is_match(before) && !of_the_lab(found.as_str())
    });
    found.map(|found| found.range()).collect()
}

/// Whether the lab runs this kernel: "on 6.1" says where something was seen.
fn of_the_lab(release: &str) -> bool {
    let of = |kernel: &str| release.strip_prefix(kernel).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    KNOWN.iter().any(|known| of(known.name))
}

/// A release with the words around it.
fn around(text: &str, claim: Range<usize>) -> String {
    let begin = text[..claim.start].rmatch_indices(char::is_whitespace).nth(5).map_or(0, |(at, _)| at);
    let end = text[claim.end..].match_indices(char::is_whitespace).nth(4).map_or(text.len(), |(at, _)| claim.end + at);
    text[begin..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The releases of which a text claims something.
    fn of(text: &str) -> Vec<&str> {
        claims(text).into_iter().map(|claim| &text[claim]).collect()
    }

    #[test]
    fn a_boundary_is_a_claim() {
        for (text, releases) in [
            ("It is there since Linux 5.1.", &["5.1"][..]),
            ("Since 5.1 it is there, also since v5.2 and since kernel 5.3", &["5.1", "5.2", "5.3"]),
            ("Linux 6.4 removed an argument", &["6.4"]),
            ("6.12 added one", &["6.12"]),
            ("until 5.9, a user could not; before 6.11 root could", &["5.9", "6.11"]),
            ("do_syscall_64 came with 4.6", &["4.6"]),
            ("pidfds in 5.15, the target in 5.17.", &["5.15", "5.17"]),
            ("from 6.9 on, limits are checked; from 6.1 on, alignment", &["6.9", "6.1"]),
            ("It came with 2.6.13, from 2.6.28 to 3.4 it was the largest", &["2.6.13", "2.6.28", "3.4"]),
            ("names and handles between 5.1 and 5.9", &["5.1", "5.9"]),
            ("with Linux 5.17 or newer", &["5.17"]),
            ("it needs 6.1 or later, statx(2) since 6.1", &["6.1", "6.1"]),
            ("sem_clockwait came with glibc 2.30; since version 2.30 glibc has it", &["2.30", "2.30"]),
            ("| `alloc_disk` | 5.15 | another |", &["5.15"]),
            ("It has not built since 4.20, which split the struct. It is from 5.10; older", &["4.20", "5.10"]),
            ("since\n6.3 the field is read-only", &["6.3"]),
        ] {
            assert_eq!(of(text), releases, "{text}");
        }
    }

    #[test]
    fn what_the_lab_runs_is_none() {
        for text in [
            "The lesson prints the same on 6.1 and 6.12.",
            "Linux 6.12 in the guest; on Linux 6.1 it says so, and on 6.12.117 too",
            "where 6.1 shows it once, 6.12 shows it twice",
            "In 6.12 its text reaches the client. In 6.1 it does not. It builds for 6.1.",
            "| 6.1 | 6.12 |",
            "between 6.1 and 6.12, the code changed in a few lines",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_no_kernel_is_none() {
        for text in [
            "in 2.5 seconds, with 3.4 GHz, of 4.6 times, by 2.3 % or 5.1µs",
            "since QEMU 7.2 or with neli 0.7.5 and Debian 12",
            "see 10.0.2.15 and since 8.1, in 1.2, to 127.0.0.1, ≈ 3.4, fs/5.1/x since /5.2",
            "version 6.03 of the pages",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_claim_has_its_source_in_its_paragraph_or_directly_after_it() {
        for page in [
            "Since 5.1 it is.\n<!-- since: it 5.1, io_uring_setup(2) -->\n",
            "Since 5.1 it is. <!-- since: it 5.1, commit 1aaba11da9aa --> More.\n",
            "Since 5.1 it is.\n\n<!-- since: it 5.1, include/linux/fs.h:123 -->\n\n<!-- since: it 5.1, open(2) -->\n",
            "Since 5.1\nand until 6.4 it is.\n<!-- since: it 5.1 to 6.4, open(2), \"History\" -->\n",
            "| a | 5.0 |\n| b | 5.1 |\n\n<!-- since: both, 5.0 and 5.1, open(2) -->\n",
            "> **Predict.** It came with 6.10.\n\n<!-- since: it 6.10, mseal(2) -->\n",
            "```text\nsince 5.1\n```\n",
            "Run `uname since 5.1`. <!-- until 5.1 it was so -->\n",
        ] {
            assert_eq!(faults("book/x.md", page), [""; 0], "{page}");
        }
    }

    #[test]
    fn a_claim_without_a_source_is_a_fault_that_says_what_to_write() {
        let page = "# Title\n\nFirst.\nIt is there since 5.11, and\nnot before.\n\nMore.\n\n<!-- since: it 5.11, open(2) -->\n";
        assert_eq!(
            faults("book/x.md", page),
            [
                "book/x.md:4: \"First. It is there since 5.11, and not before.\" claims something about 5.11 without its \
              source: write <!-- since: WHAT 5.11, SOURCE --> at the end of the paragraph; a source is a manual page, \
              `NAME(2)`, or `commit HASH`, or `FOLDER/FILE:LINE`"
            ]
        );
    }

    #[test]
    fn another_release_a_block_between_or_no_source_at_all_is_a_fault() {
        for page in [
            "Since 5.1 it is. <!-- since: it 5.11, open(2) -->\n",
            "Since 5.1 it is:\n```c\nint x;\n```\n<!-- since: it 5.1, open(2) -->\n",
            "Since 5.1 it is. <!-- since: it 5.1, open(2) -->\n\nSince 5.2 it is not.\n",
            "Since 5.1 it is. <!-- since: it 5.1, somebody said so -->\n",
            "It is. <!-- since 5.1: open(2) -->\n",
            "It is. <!-- since: open(2) -->\n",
        ] {
            assert_eq!(faults("book/x.md", page).len(), 1, "{page}");
        }
    }
}
