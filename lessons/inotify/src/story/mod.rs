//! The parts of the story.

pub mod below;
pub mod changes;
pub mod copied;
pub mod growing;
pub mod limits;
pub mod refused;
pub mod selves;
pub mod unseen;
