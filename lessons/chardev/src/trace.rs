//! A read that sleeps and the write that wakes it, as the kernel itself recorded them.
//!
//! This is the function_graph tracer of Documentation/trace/ftrace.rst, driven through tracefs.
//! Needs root.

use crate::processor::OneProcessor;
use std::{fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

/// What to set, and what it is after boot. Few functions, because each name costs the kernel a walk
/// over all that it has.
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
    let recording = Recording::start()?;
    calls()?;
    recording.stop()
}

/// A running tracer. Dropping it stops it and leaves tracefs as it is after boot.
struct Recording {
    _processor: OneProcessor,
}

impl Recording {
    fn start() -> io::Result<Recording> {
        let recording = Recording { _processor: OneProcessor::stay()? };
        set("tracing_on", "0")?;
        for (file, value, _) in SETTINGS {
            set(file, value)?;
        }
        set("tracing_on", "1")?;
        Ok(recording)
    }

    fn stop(self) -> io::Result<Vec<String>> {
        set("tracing_on", "0")?;
        let trace = fs::read_to_string(Path::new(TRACEFS).join("trace"))?;
        Ok(trace.lines().filter_map(line).collect())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next recording sets everything anew.
        for (file, _, value) in SETTINGS.into_iter().rev() {
            let _ = set(file, value);
        }
        let _ = set("tracing_on", "1");
    }
}

/// ` 0)  reader-123  |   1.234 us    |  function() {`: processor, number and time are not ours to
/// print.
fn line(text: &str) -> Option<String> {
    let mut fields = text.split('|');
    let (_, task) = fields.next()?.split_once(')')?;
    let (name, _) = task.trim().rsplit_once('-')?;
    let call = fields.nth(1)?.strip_prefix("  ")?.trim_end();
    Some(format!("{name}  {call}"))
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("write \"{value}\" to {TRACEFS}/{file}: {error}"),
        )
    })
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
