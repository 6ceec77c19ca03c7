//! Messages between processes: POSIX message queues.
//!
//! The queues themselves come from the crate posixmq; [`queue`] adds a buffer of the right
//! size and a name that goes away. [`notify`] is the one call
//! that posixmq lacks, [`status`] the file that each queue is, [`limits`] what the
//! administrator and the user's resource limits allow, [`copied`] the widely copied pair of
//! programs, and [`cost`] and [`trace`] look at how it works.
//!
//! Every function returns the kernel's errno as it came.

pub mod copied;
pub mod cost;
pub mod limits;
pub mod notify;
pub mod queue;
pub mod status;
pub mod trace;
