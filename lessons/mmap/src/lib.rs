//! Memory that a program and the kernel share, with mmap(2).
//!
//! The companion module `kmods/mmap` makes two devices. [`buffer`] is 64 KiB that can be
//! read, written and mapped; [`ring`] is a queue of records that the driver fills and the
//! program empties without a system call. [`mistake`] holds the calls that fail, [`sigbus`]
//! survives the signal of a page that does not exist, [`copied`] is the driver that gives
//! away memory that is not its own, and [`pages`], [`cost`] and [`trace`] look at how it
//! works.
//!
//! Every function returns the kernel's errno as it came. Shared memory is only ever seen
//! through raw pointers and atomics: a `&[u8]` promises that nobody changes the bytes, and
//! here somebody may.

pub mod buffer;
pub mod copied;
pub mod cost;
pub mod mistake;
pub mod pages;
pub mod ring;
pub mod sigbus;
pub mod trace;

/// Bytes in a page. The lab's kernels have no other size.
pub const PAGE_SIZE: usize = 4096;
