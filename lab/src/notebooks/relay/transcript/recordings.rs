//! What real cells wrote, recorded where it came from a guest.

use super::{
    super::evcxr::{BEGIN_TEXT, END},
    Failure,
    Piece::{self, Ended, Printed, Private, Request},
};
use agent::Stream::{self, Aside, Stderr, Stdout};

/// The cells' mark.
pub const MARK: &str = "LAB_END_OF_CELL_39c973f7-884a-4fc8-bc2d-8bab00c2e080";

/// What a cell wrote.
pub struct Recording {
    /// The cell.
    pub cell: &'static str,
    /// In the chunks in which it came from the guest.
    pub chunks: Vec<(Stream, String)>,
    /// What it means.
    pub meaning: Vec<Piece>,
}

/// The recordings.
pub fn recordings() -> Vec<Recording> {
    let end = |stream, before: &str| (stream, format!("{before}{MARK}\n"));
    let said = |stream, text: &str| (stream, text.to_string());
    let printed = |stream, line: &str| Printed(stream, line.to_string());
    let private = |line: &str| Private(line.to_string());
    vec![
        Recording {
            cell: r#"println!("output"); eprintln!("error"); println!("more");"#,
            chunks: vec![end(Stdout, "output\nmore\n"), end(Stderr, "error\n")],
            meaning: vec![printed(Stdout, "output"), printed(Stdout, "more"), printed(Stderr, "error"), Ended(None)],
        },
        Recording {
            cell: "1 + 1",
            chunks: vec![end(Stderr, ""), end(Stdout, "EVCXR_BEGIN_CONTENT text/plain\n2\nEVCXR_END_CONTENT\n")],
            meaning: vec![private(BEGIN_TEXT), private("2"), private(END), Ended(None)],
        },
        Recording {
            cell: r#"for _ in 0..2 { println!("round"); }"#,
            chunks: vec![
                said(Stdout, "round\n"),
                said(Stdout, "round\n"),
                said(Stdout, "EVCXR_BEGIN_CONTENT text/plain\n"),
                said(Stdout, "()\nEVCXR_END_CONTENT\n"),
                end(Stdout, ""),
                end(Stderr, ""),
            ],
            meaning: vec![printed(Stdout, "round"), printed(Stdout, "round"), Ended(None)],
        },
        Recording {
            cell: r#"print!("no end");"#,
            chunks: vec![end(Stdout, "no end"), end(Stderr, "")],
            meaning: vec![printed(Stdout, "no end"), Ended(None)],
        },
        Recording {
            cell: r#"print!("x"); 42"#,
            chunks: vec![
                said(Stdout, "xEVCXR_BEGIN_CONTENT text/plain\n"),
                end(Stdout, "42\nEVCXR_END_CONTENT\n"),
                end(Stderr, ""),
            ],
            meaning: vec![printed(Stdout, "x"), private(BEGIN_TEXT), private("42"), private(END), Ended(None)],
        },
        Recording {
            cell: r#"lab::Module::of("nosuch").load()?"#,
            chunks: vec![
                said(Aside, "{\"Build\":{\"slug\":\"nosuch\",\"text\":null,\"changes\":[]}}\n"),
                said(Stdout, "EVCXR_ERROR_OCCURRED\n"),
                end(Stdout, ""),
                end(Stderr, "there is no kmods/nosuch\n"),
            ],
            meaning: vec![
                Request(r#"{"Build":{"slug":"nosuch","text":null,"changes":[]}}"#.to_string()),
                printed(Stderr, "there is no kmods/nosuch"),
                Ended(Some(Failure::Returned)),
            ],
        },
        Recording {
            cell: "struct A(u8); kept.0",
            chunks: vec![
                said(Stdout, "EVCXR_VARIABLE_CHANGED_TYPE:kept\n"),
                end(Stdout, ""),
                end(Stderr, "The type of the variable kept was redefined, so was lost.\n"),
            ],
            meaning: vec![
                private("EVCXR_VARIABLE_CHANGED_TYPE:kept"),
                printed(Stderr, "The type of the variable kept was redefined, so was lost."),
                Ended(None),
            ],
        },
        Recording {
            cell: r#"print!("begun"); panic!("no more")"#,
            chunks: vec![
                said(Stderr, "\nthread 'main' (143) panicked at src/lib.rs:125:1:\nno more\n"),
                said(Stdout, "begunEVCXR_PANIC_NOTIFICATION\n"),
                end(Stderr, ""),
                end(Stdout, ""),
            ],
            meaning: vec![
                printed(Stderr, ""),
                printed(Stderr, "thread 'main' (143) panicked at src/lib.rs:125:1:"),
                printed(Stderr, "no more"),
                printed(Stdout, "begun"),
                Ended(Some(Failure::Panicked)),
            ],
        },
    ]
}
