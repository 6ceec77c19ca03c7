//! The book: the outputs that its pages show, and whether each page keeps the course's rules.

mod chapter;
pub mod claims;
mod directive;
pub mod lint;
pub mod output;
pub mod page;
pub mod spelling;
mod unfinished;
