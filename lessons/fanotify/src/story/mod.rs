//! The parts of the story.

pub mod copied;
pub mod inside;
pub mod limits;
pub mod listeners;
pub mod marks;
pub mod mount;
pub mod names;
mod observer;
pub mod permission;
pub mod process;
pub mod refused;
pub mod verdict;
