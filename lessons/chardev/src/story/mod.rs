//! The parts of the story, in the order of the chapter's ideas.

pub mod bytes;
pub mod inside;
pub mod mistakes;
pub mod sleepers;
