//! What a page and the server say to each other about a shell. What is typed and what is shown goes as it is, in binary messages;
//! all else is JSON with a version.

use crate::serve::socket;
use agent::Size;
use axum::extract::ws::Message;
use serde::Deserialize;
use serde_json::json;

/// No message of a page is longer, in bytes: what is pasted comes in pieces.
pub const LONGEST: usize = 16 << 10;

/// A terminal has at most so many rows or columns.
const WIDEST: u16 = 500;

/// What a page asks, in text.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Ask {
    /// The first: a shell in a kernel with this lesson.
    Open {
        /// Its name.
        slug: String,
        /// The kernel's short name.
        kernel: String,
        /// Of the terminal.
        rows: u16,
        /// Of the terminal.
        columns: u16,
    },
    /// The terminal has another size now.
    Resize {
        /// Of the terminal.
        rows: u16,
        /// Of the terminal.
        columns: u16,
    },
}

/// What the guest's terminal is given.
pub enum Typed {
    /// These bytes.
    Keys(Vec<u8>),
    /// Another size.
    Size(Size),
}

/// What a page is told.
pub enum News {
    /// This is being done.
    Step(&'static str),
    /// The terminal shows this.
    Shown(Vec<u8>),
    /// It is over, and why; the last.
    Ended(String),
}

impl Typed {
    /// What a page has sent; none: it has gone, or this is no message.
    pub fn read(message: Message) -> Option<Self> {
        match message {
            Message::Binary(bytes) => Some(Typed::Keys(bytes.to_vec())),
            Message::Text(text) => match socket::read(&text) {
                Ok(Ask::Resize { rows, columns }) => Some(Typed::Size(bounded(rows, columns))),
                _ => None,
            },
            _ => None,
        }
    }
}

impl News {
    /// As it is sent.
    pub fn message(self) -> Message {
        let said = match self {
            News::Shown(bytes) => return Message::Binary(bytes.into()),
            News::Step(text) => json!({"kind": "step", "text": text}),
            News::Ended(why) => json!({"kind": "ended", "why": why}),
        };
        Message::Text(socket::written(&said).into())
    }
}

/// A terminal of a size that there is.
pub fn bounded(rows: u16, columns: u16) -> Size {
    Size { rows: rows.clamp(1, WIDEST), columns: columns.clamp(1, WIDEST) }
}
