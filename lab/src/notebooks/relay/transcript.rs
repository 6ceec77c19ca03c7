//! What the cells write, read: from the bytes of their outputs, in whatever pieces they come, to what they mean. No input or
//! output happens here.
//!
//! The program that runs the cells writes a mark to both of its outputs when a cell has ended. So an output is known to be
//! complete when its mark has come, however the outputs overtake one another. A mark is a line, or the end of one that the
//! cell has begun. The cells' mark is random, and nothing that a cell prints is taken for it; evcxr's marks are fixed, and
//! are taken for such wherever evcxr would.

use super::evcxr::{BEGIN, BEGIN_TEXT, COMPLETE, END, PANICKED, PRIVATE, RETURNED};
use agent::Stream;
use std::mem;

/// A piece of what the cells write.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A line that a cell has printed there, without its end.
    Printed(Stream, String),
    /// A line for evcxr.
    Private(String),
    /// What a cell asks of the lab.
    Request(String),
    /// A cell has ended, and nothing that it has written is under way any more.
    Ended(Option<Failure>),
}

/// How a cell has failed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It panicked.
    Panicked,
    /// `?` returned an error.
    Returned,
}

/// What the cells have written so far, as far as it matters for what comes.
pub struct Transcript {
    /// The end of a cell.
    mark: String,
    stdout: Lines,
    stderr: Lines,
    requests: Lines,
    /// The outputs on which the running cell has ended.
    ended: Vec<Stream>,
    content: Content,
    failure: Option<Failure>,
}

/// How much has come of a content that the cell shows.
enum Content {
    /// Nothing.
    None,
    /// The beginning of the value of its last expression. It is kept back, with the value's first line if that is `()`, until
    /// there is anything to see: evcxr shows the value of a cell that ends with a loop.
    Begun { unit: bool },
    /// So much that the rest is passed on.
    Shown,
}

impl Transcript {
    /// Of cells that end with this mark.
    pub fn new(mark: &str) -> Self {
        Transcript {
            mark: mark.to_string(),
            stdout: Lines::default(),
            stderr: Lines::default(),
            requests: Lines::default(),
            ended: Vec::new(),
            content: Content::None,
            failure: None,
        }
    }

    /// Reads on.
    pub fn read(&mut self, stream: Stream, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        match stream {
            Stream::Aside => pieces.extend(self.requests.read(bytes).into_iter().map(Piece::Request)),
            Stream::Stdout => self.stdout.read(bytes).iter().for_each(|line| self.stdout_line(line, &mut pieces)),
            Stream::Stderr => self.stderr.read(bytes).iter().for_each(|line| self.stderr_line(line, &mut pieces)),
        }
        pieces
    }

    /// What has come of lines that have no end yet, when no more will come.
    pub fn rest(&mut self) -> Vec<Piece> {
        let streams = [(Stream::Stdout, self.stdout.rest()), (Stream::Stderr, self.stderr.rest())];
        let begun = streams.into_iter().filter(|(_, line)| !line.is_empty());
        begun.map(|(stream, line)| Piece::Printed(stream, line)).collect()
    }

    fn stderr_line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        match line.strip_suffix(&self.mark) {
            None => pieces.push(Piece::Printed(Stream::Stderr, line.to_string())),
            Some(before) => {
                pieces.extend(printed(Stream::Stderr, before));
                self.end(Stream::Stderr, pieces);
            }
        }
    }

    fn stdout_line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        if let Some(before) = line.strip_suffix(&self.mark) {
            if !before.is_empty() {
                self.stdout_line(before, pieces);
            }
            // evcxr would wait for the end of what it has seen the beginning of.
            if let Content::Shown = self.content {
                pieces.push(Piece::Private(END.to_string()));
            }
            self.content = Content::None;
            self.end(Stream::Stdout, pieces);
        } else if let Some(before) = line.strip_suffix(PANICKED) {
            self.unfinished(before, pieces);
            self.failure = Some(Failure::Panicked);
        } else if let Content::None = self.content {
            self.line_outside(line, pieces);
        } else {
            self.line_of_content(line, pieces);
        }
    }

    /// A line of standard output that belongs to no content.
    fn line_outside(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        if let Some(before) = line.strip_suffix(RETURNED) {
            self.unfinished(before, pieces);
            self.failure = Some(Failure::Returned);
        } else if let Some((before, begin)) = split_begin(line) {
            self.unfinished(before, pieces);
            self.content = match begin {
                BEGIN_TEXT => Content::Begun { unit: false },
                _ => {
                    pieces.push(Piece::Private(begin.to_string()));
                    Content::Shown
                }
            };
        } else if line.starts_with(PRIVATE) && line != COMPLETE {
            pieces.push(Piece::Private(line.to_string()));
        } else {
            pieces.push(Piece::Printed(Stream::Stdout, harmless(line)));
        }
    }

    /// A line of standard output within a content.
    fn line_of_content(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        let private = |line: &str| Piece::Private(line.to_string());
        match mem::replace(&mut self.content, Content::Shown) {
            Content::Begun { .. } if line == END => self.content = Content::None,
            Content::Begun { unit: false } if line == "()" => self.content = Content::Begun { unit: true },
            Content::Begun { unit } => {
                pieces.push(private(BEGIN_TEXT));
                pieces.extend(unit.then(|| private("()")));
                pieces.push(private(line));
            }
            Content::Shown | Content::None => {
                if line == END {
                    self.content = Content::None;
                }
                pieces.push(private(line));
            }
        }
    }

    /// What stands before a mark of evcxr's: the beginning of a line that the cell did not end.
    fn unfinished(&mut self, before: &str, pieces: &mut Vec<Piece>) {
        match self.content {
            Content::None => pieces.extend(printed(Stream::Stdout, before)),
            _ if !before.is_empty() => self.line_of_content(before, pieces),
            _ => {}
        }
    }

    /// The cell has ended on one of its outputs; once it has on both, it has ended.
    fn end(&mut self, stream: Stream, pieces: &mut Vec<Piece>) {
        if !self.ended.contains(&stream) {
            self.ended.push(stream);
        }
        if self.ended.len() == 2 {
            self.ended.clear();
            pieces.push(Piece::Ended(self.failure.take()));
        }
    }
}

/// A line that was printed, unless there is nothing of it.
fn printed(stream: Stream, line: &str) -> Option<Piece> {
    (!line.is_empty()).then(|| Piece::Printed(stream, harmless(line)))
}

/// Splits a line with which a content begins: into what the cell has printed before, and the mark.
fn split_begin(line: &str) -> Option<(&str, &str)> {
    let (before, begin) = line.split_at(line.rfind(BEGIN)?);
    let kind = &begin[BEGIN.len()..];
    (!kind.is_empty() && !kind.contains(' ')).then_some((before, begin))
}

/// A line that evcxr does not take for one of its marks, and that looks the same.
fn harmless(line: &str) -> String {
    match line {
        COMPLETE => format!("{line} "),
        // evcxr looks for it anywhere in a line. This is a space, too, at which no line is broken.
        _ => line.replace(BEGIN, &format!("{}\u{a0}", BEGIN.trim_end())),
    }
}

/// Lines of an output, of which the last may have no end yet.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    /// The lines that have ended now, without their ends. What is no UTF-8 is replaced, because evcxr stops reading at it.
    fn read(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                None => self.0.extend(part),
                Some(end) => {
                    self.0.extend(end);
                    lines.push(self.rest());
                }
            }
        }
        lines
    }

    /// The line that has no end.
    fn rest(&mut self) -> String {
        String::from_utf8_lossy(&mem::take(&mut self.0)).into_owned()
    }
}

#[cfg(test)]
mod recordings;
#[cfg(test)]
mod tests;
