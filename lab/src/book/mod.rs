//! The book: the outputs that its pages show, what the tool adds to them, and whether each page keeps the course's rules.

mod anchors;
pub mod contents;
mod directive;
pub mod lint;
pub mod output;
pub mod page;
pub mod preprocess;
mod print;
mod search;
mod source;
