//! Who does what with files, and whether they may: fanotify(7).
//!
//! There is no module of ours here. [`group`] makes a fanotify group and prints what it
//! says, [`process`] looks at who did it, and [`permission`] responds. A group can also
//! report names instead of open files; nix leaves that part of an event out, so
//! [`event`] and [`record`] take it apart, and [`handle`] finds the file behind a file
//! handle. [`mount`] is a file system to play with, [`child`] the other processes,
//! [`mistake`] the calls that fail, [`copied`] the widely copied watcher, and [`cost`] and
//! [`trace`] look at how it works.
//!
//! The crate nix makes the system calls. Every function returns the kernel's errno as it
//! came.

pub mod child;
pub mod copied;
pub mod cost;
pub mod event;
pub mod group;
pub mod handle;
pub mod mistake;
pub mod mount;
pub mod permission;
pub mod process;
pub mod record;
pub mod trace;
