//! A read that sleeps and the write that wakes it, as the kernel itself recorded them.
//!
//! This is the function_graph tracer of Documentation/trace/ftrace.rst, driven through tracefs.
//! Needs root.

use lesson::{ftrace, processor::OneProcessor};
use std::io;

/// The files of tracefs, each with what is written to it, and what it holds otherwise. Few functions,
/// because each name costs the kernel a walk over all that it has.
const SETTINGS: [(&str, &str, &str); 5] = [
    ("options/funcgraph-irqs", "0", "1"),
    ("options/funcgraph-proc", "1", "0"),
    ("set_graph_function", "tube_[rw]*", ""),
    ("set_ftrace_filter", "tube_[rw]* prepare_to_wait_event schedule __wake_up", ""),
    ("current_tracer", "function_graph", "nop"),
];

/// Makes the calls and returns the kernel's record of the reads and writes of our device: a line
/// for each function entered or left, with the name of the thread before it. All threads that
/// `calls` starts run on one processor, so the record is in one piece.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root, EINVAL if no function has such a name.
pub fn record(calls: impl FnOnce() -> io::Result<()>) -> io::Result<Vec<String>> {
    let _processor = OneProcessor::stay()?;
    let (result, lines) = ftrace::record(&SETTINGS, calls)?;
    result.map(|()| lines.iter().filter_map(|line| self::line(line)).collect())
}

/// What we print of a line of the record.
fn line(text: &str) -> Option<String> {
    let (name, call) = ftrace::task_and_call(text)?;
    Some(format!("{name}  {call}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_the_thread_and_the_call() {
        let text = " 0)  reader-1234   | + 20.240 us   |    finish_wait();";
        assert_eq!(line(text), Some("reader    finish_wait();".into()));
    }

    #[test]
    fn what_is_no_call_is_left_out() {
        assert_eq!(line(" 0)  reader-154     =>   writer-156    "), None);
        assert_eq!(
            line("# CPU  TASK/PID         DURATION                  FUNCTION CALLS"),
            None
        );
        assert_eq!(line(" ------------------------------------------"), None);
    }
}
