//! The parts of the story.

pub mod copied;
pub mod inside;
pub mod lamp;
pub mod mistakes;
pub mod news;
pub mod removal;
pub mod uevents;

/// The lamp's module, the widely copied one, and one that keeps a reference to the lamp.
const LAMP_MODULE: &str = "crossings_sysfs";
const COPIED: &str = "crossings_sysfs_copied";
const GUEST: &str = "crossings_sysfs_guest";
