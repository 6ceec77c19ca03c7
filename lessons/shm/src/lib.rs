//! Memory that processes share with each other.
//!
//! There are three ways to get it: [`sysv`], the segments of System V, which have keys;
//! [`posix`], objects that have names; and [`memfd`], files that have neither. The last two
//! are files, and [`object`] is what they have in common. [`memory`] is how a program looks
//! at shared memory, whichever way it got it. [`semaphore`] and [`exchange`] keep a writer
//! and a reader in step. [`sysv_sem`] is there for one errno, [`limits`]
//! and [`trace`] look at the kernel's side, [`cost`] compares, and [`copied`] is the pair of
//! programs that everybody copies.
//!
//! Every function returns the kernel's errno as it came.

pub mod copied;
pub mod cost;
pub mod exchange;
pub mod limits;
pub mod memfd;
pub mod memory;
pub mod object;
pub mod posix;
pub mod semaphore;
pub mod sysv;
pub mod sysv_sem;
pub mod trace;

/// Bytes in a page. The lab's kernels have no other size.
pub const PAGE_SIZE: usize = 4096;
