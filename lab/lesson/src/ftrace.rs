//! What the kernel did meanwhile, as it recorded it itself.
//!
//! This is Documentation/trace/ftrace.rst, driven through tracefs. Needs root.

use crate::processor::OneProcessor;
use nix::unistd::gettid;
use std::{fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

/// Writes to files of tracefs, does the `work`, and returns what it returned and the lines of
/// the trace. Each setting is a file, what is written to it, and what it holds after boot,
/// which is written back in the end.
///
/// # Errors
/// Those of the files: EACCES if not root, EINVAL if the kernel has no function of such a
/// name.
pub fn record<T>(
    settings: &[(&str, &str, &str)],
    work: impl FnOnce() -> T,
) -> io::Result<(T, Vec<String>)> {
    let recording = Recording::start(settings)?;
    let result = work();
    Ok((result, recording.stop()?))
}

/// Makes the calls and returns the kernel's record of them: a line for each function entered
/// or left, of those whose names match one of the patterns in `functions`. Use few patterns,
/// because each costs the kernel a walk over all its functions.
///
/// # Errors
/// Those of [`record`].
pub fn graph(functions: &str, calls: impl FnOnce()) -> io::Result<Vec<String>> {
    // On one processor, so that the record is in one piece.
    let _processor = OneProcessor::stay()?;
    let thread = gettid().to_string();
    let settings = [
        ("set_ftrace_pid", thread.as_str(), ""),
        ("set_ftrace_filter", functions, ""),
        ("current_tracer", "function_graph", "nop"),
    ];
    let ((), lines) = record(&settings, calls)?;
    // ` 0)   1.234 us    |  function() {`: processor and time are not ours to print.
    let calls = lines.iter().filter_map(|line| line.split_once("|  "));
    Ok(calls.map(|(_, call)| call.trim_end().to_owned()).collect())
}

/// The name of the task and the call, from a line of the function_graph tracer with the option
/// `funcgraph-proc`: ` 0)  reader-123  |   1.234 us    |  function() {`. Processor, number and time
/// are not ours to print. None: the line is about something else.
pub fn task_and_call(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split('|');
    let (_, task) = fields.next()?.split_once(')')?;
    let (name, _) = task.trim().rsplit_once('-')?;
    Some((name, fields.nth(1)?.strip_prefix("  ")?.trim_end()))
}

/// Puts a line of our own into the record.
pub fn mark(text: &str) {
    // A record without it is still a record.
    let _ = set("trace_marker", text);
}

/// A running recording. Dropping it stops it and leaves tracefs as it is after boot.
struct Recording<'a> {
    settings: &'a [(&'a str, &'a str, &'a str)],
}

impl<'a> Recording<'a> {
    fn start(settings: &'a [(&'a str, &'a str, &'a str)]) -> io::Result<Recording<'a>> {
        let recording = Recording { settings };
        set("tracing_on", "0")?;
        set("trace", "")?;
        for (file, value, _) in settings {
            set(file, value)?;
        }
        set("tracing_on", "1")?;
        Ok(recording)
    }

    fn stop(self) -> io::Result<Vec<String>> {
        set("tracing_on", "0")?;
        let trace = fs::read_to_string(Path::new(TRACEFS).join("trace"))?;
        let lines = trace.lines().filter(|line| !line.starts_with('#'));
        Ok(lines.map(str::to_owned).collect())
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next recording sets everything anew.
        for (file, _, after) in self.settings.iter().rev() {
            let _ = set(file, after);
        }
        let _ = set("tracing_on", "1");
    }
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        let what = format!("write {value:?} to {TRACEFS}/{file}: {error}");
        io::Error::new(error.kind(), what)
    })
}
