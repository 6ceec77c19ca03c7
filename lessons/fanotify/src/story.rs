//! The parts of the story.

pub mod below;
pub mod copied;
pub mod limits;
pub mod marks;
pub mod mount;
pub mod names;
pub mod permission;
pub mod process;
pub mod refused;
pub mod verdict;
