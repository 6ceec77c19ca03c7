//! The parts of the story.

pub mod bytes;
pub mod inside;
pub mod mistakes;
mod print;
pub mod sleepers;
