//! Being told of changes in the file system: inotify(7).
//!
//! There is no module of ours here: the kernel tells, and [`event`] reads what it says.
//! [`rename`] puts the two halves of a rename together. [`tree`] follows everything below a
//! directory, which inotify does not do by itself; [`naive`] is the attempt that loses some
//! of it, [`grow`] changes a tree as fast as it can, and [`walk`] looks at what is really
//! there. [`mistake`] holds the calls
//! that fail, [`mapped`] writes behind inotify's back, [`copied`] is the widely copied
//! watcher, and [`cost`] and [`trace`] look at how it works.
//!
//! The crate inotify makes the system calls. Every function returns the kernel's errno as
//! it came.

pub mod copied;
pub mod cost;
pub mod event;
pub mod grow;
pub mod mapped;
pub mod mistake;
pub mod naive;
pub mod rename;
pub mod trace;
pub mod tree;
pub mod walk;
