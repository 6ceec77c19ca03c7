//! The parts of the story.

pub mod copied;
pub mod inside;
pub mod numbers;
pub mod refused;
pub mod watched;
pub mod ways;
