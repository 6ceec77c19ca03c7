//! What a page and the server say to each other about an exercise: JSON objects, each with a version, over a WebSocket that is
//! open for as long as the exercise is on the page.

use crate::{
    build::marks::Mark,
    exercises::copy::{Copy, LONGEST as TEXT},
    report::diff::Signed,
    serve::run::message::How,
};
use serde::{Deserialize, Serialize};

/// No message of a page is longer, in bytes. JSON writes some letters of a text as two.
pub const LONGEST: usize = 3 * TEXT;

/// What a page asks.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Ask {
    /// The first: to be told of an exercise.
    Open {
        /// Its chapter.
        slug: String,
        /// Its name there.
        name: String,
    },
    /// To have the reader's file say this.
    Save {
        /// All of it.
        text: String,
        /// What the page knows the file to say; none: that it is not there.
        seen: Option<String>,
    },
    /// The file and the page say different things: one of them shall hold, and the other is put beside the file.
    Settle {
        /// Which.
        keep: Side,
        /// What the page says.
        text: String,
        /// What the page knows the file to say.
        seen: Option<String>,
    },
    /// To check the file.
    Check {
        /// The kernel's short name.
        kernel: String,
    },
    /// To end the check.
    Stop,
    /// To get one more hint.
    Hint,
    /// To begin the exercise anew.
    Reset {
        /// What the page says and the file does not: it is put beside the file, as the file's own text is.
        text: Option<String>,
    },
}

/// One of two that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What the page says.
    Page,
    /// What the file says.
    File,
}

/// What a page is told.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum News {
    /// What the reader's file says now: at first, and whenever somebody else has changed it.
    File {
        /// Where it is.
        path: String,
        /// Its text and hash; none: it is not there.
        #[serde(flatten)]
        copy: Copy,
    },
    /// The file says what the page has sent.
    Saved {
        /// Names that from now on.
        hash: Option<String>,
    },
    /// The file was not written, because it says something that the page has not seen.
    Conflict {
        /// What it says.
        #[serde(flatten)]
        copy: Copy,
        /// From the file to the page, line by line.
        difference: Vec<Signed>,
    },
    /// This now holds what the reader had.
    Aside {
        /// A file beside theirs.
        path: String,
    },
    /// How far the reader is with it: at first, and whenever that has changed.
    Record(Record),
    /// The check waits.
    Queued {
        /// How many go first, and this one: 1 is the next.
        place: usize,
    },
    /// This is being done now.
    Step {
        /// What.
        text: String,
    },
    /// The check is over.
    Ended(Ended),
    /// Something else that was asked for could not be done.
    Trouble {
        /// Why.
        why: String,
    },
    /// There is no such exercise, or too many are open; the last message.
    Refused {
        /// Why.
        why: String,
    },
}

/// How far the reader is, as the terminal knows it too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Whether an attempt has passed.
    pub passed: bool,
    /// The hints taken, in HTML.
    pub hints: Vec<String>,
    /// How many there are.
    pub of: usize,
    /// What is said of an exercise that is not any more what the reader began with.
    pub outdated: Option<String>,
}

/// What came of a check.
#[derive(Debug, Clone, Serialize)]
pub struct Ended {
    /// How it ended: `same` is that it passes.
    pub how: How,
    /// What the check, the compiler, the kernel or the lab said.
    pub why: Option<String>,
    /// The places in the reader's file that it names.
    pub marks: Vec<Mark>,
    /// What the compiler warned of.
    pub warnings: String,
    /// What the program has printed.
    pub printed: String,
    /// What is said at the end of a chapter, if this is one, in HTML.
    pub done: Option<String>,
}

impl Ended {
    /// Of a check that was not finished.
    pub fn because(how: How, why: Option<String>) -> Self {
        Ended { how, why, marks: Vec::new(), warnings: String::new(), printed: String::new(), done: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::socket;

    #[test]
    fn what_a_page_asks_is_read_and_nothing_else() {
        let read = |text: &str| socket::read::<Ask>(text).ok();
        let open = r#"{"version": 1, "kind": "open", "slug": "ioctl", "name": "count"}"#;
        assert_eq!(read(open), Some(Ask::Open { slug: "ioctl".into(), name: "count".into() }));
        let save = r#"{"version": 1, "kind": "save", "text": "x", "seen": null}"#;
        assert_eq!(read(save), Some(Ask::Save { text: "x".into(), seen: None }));
        let settle = r#"{"version": 1, "kind": "settle", "keep": "page", "text": "x", "seen": "0"}"#;
        assert_eq!(read(settle), Some(Ask::Settle { keep: Side::Page, text: "x".into(), seen: Some("0".into()) }));
        for text in ["", "{}", r#"{"version": 2, "kind": "hint"}"#, r#"{"version": 1, "kind": "save", "path": "x"}"#] {
            socket::read::<Ask>(text).expect_err(text);
        }
    }

    #[test]
    fn what_a_page_is_told_has_this_form() {
        let told = |news: News| socket::written(&news);
        let copy = Copy { text: Some("x".into()), hash: Some("0".into()) };
        assert_eq!(
            told(News::File { path: "learn/a/b/exercise.c".into(), copy }),
            r#"{"version":1,"kind":"file","path":"learn/a/b/exercise.c","text":"x","hash":"0"}"#
        );
        let record = Record { passed: false, hints: vec!["<p>a</p>".into()], of: 2, outdated: None };
        assert_eq!(
            told(News::Record(record)),
            r#"{"version":1,"kind":"record","passed":false,"hints":["<p>a</p>"],"of":2,"outdated":null}"#
        );
    }
}
