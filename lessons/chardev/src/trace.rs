//! A read that sleeps and the write that wakes it, as the kernel itself recorded them.

use lesson::ftrace;
use std::io;

/// Where a record begins, and the functions to record. Few, because each name costs the kernel a
/// walk over all that it has.
const FUNCTIONS: (&str, &str) =
    ("tube_[rw]*", "tube_[rw]* prepare_to_wait_event schedule __wake_up");

/// Makes the calls and returns the kernel's record of what the threads `reader` and `writer` did in
/// the reads and writes of our device. Needs root.
///
/// # Errors
/// Those of [`ftrace::tasks`].
pub fn record(calls: impl FnOnce() -> io::Result<()>) -> io::Result<Vec<String>> {
    ftrace::tasks(&["reader", "writer"], FUNCTIONS, &[], calls)
}
