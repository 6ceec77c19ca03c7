//! Processes that wait for each other, by POSIX semaphores and by one in the kernel.
//!
//! [`semaphore`] holds the calls, [`named`] and [`unnamed`] the two ways to come by a
//! semaphore. [`asleep`] sees where a process sleeps, [`handler`] tells when
//! a signal has come, and [`gap`] brings many processes into a race for certain. [`robust`]
//! is a mutex instead, which notices that its owner has died.
//!
//! The companion module `kmods/semaphores` keeps a counter that processes use in turns;
//! [`counter`] holds the calls to it and [`mistake`] those with bad pointers, and a
//! [`holder`] is a process that has it. [`copied`] is the widely copied example, and
//! [`trace`] and [`cost`] look at how it all works.
//!
//! Every function returns the errno as it came. The C library's semaphores have no safe
//! binding in nix, so that is what the unsafe blocks are for.

pub mod asleep;
pub mod copied;
pub mod cost;
pub mod counter;
pub mod gap;
pub mod handler;
pub mod holder;
pub mod mistake;
pub mod named;
pub mod robust;
pub mod semaphore;
pub mod trace;
pub mod unnamed;
