//! The lessons: one built for one kernel, the scenes that are played of it, and the commands that play them.

pub mod kept;
pub mod lesson;
pub mod log;
pub mod overlay;
pub mod part;
pub mod run;
pub mod runner;
pub mod scene;
pub mod shell;
pub mod soak;
pub mod verified;
