//! The exercises: what one consists of, a learner's copy of it, and the proof that its check accepts what is right and
//! refuses what is wrong.

pub mod attempt;
pub mod chapter;
pub mod copy;
pub mod editor;
pub mod exercise;
mod faults;
pub mod learn;
pub mod learner;
pub mod mutants;
pub mod programs;
pub mod prove;
pub mod text;
pub mod verify;
