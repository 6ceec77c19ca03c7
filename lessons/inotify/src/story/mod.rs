//! The parts of the story.

pub mod changes;
pub mod copied;
pub mod growing;
pub mod inside;
pub mod limits;
mod observer;
pub mod refused;
pub mod selves;
pub mod unseen;
pub mod watches;
