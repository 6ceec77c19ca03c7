//! The book: the outputs that its pages show, and whether each page keeps the course's rules.

mod anchors;
mod chapter;
pub mod claims;
mod contents;
mod directive;
pub mod lint;
pub mod output;
pub mod page;
pub mod preprocess;
mod print;
mod search;
mod source;
pub mod spelling;
mod unfinished;
