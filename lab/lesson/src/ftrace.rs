//! What the kernel did meanwhile, as it recorded it itself.
//!
//! This is Documentation/trace/ftrace.rst, driven through tracefs. Needs root.

mod lines;

use crate::{processor::OneProcessor, turns::Turns};
use lines::{leaves, told};
use nix::unistd::gettid;
use std::{
    fmt::Debug,
    fs,
    io::{self, Write},
    path::Path,
};

const TRACEFS: &str = "/sys/kernel/tracing";

/// Which functions are recorded: patterns, of which a kernel may have none of some.
const FILTER: &str = "set_ftrace_filter";

/// How much of a task's name the function_graph tracer shows.
const SHOWN: usize = 7;

/// Writes to files of tracefs, does the `work`, and returns what it returned and the lines of
/// the trace. Each setting is a file, what is written to it, and what it holds after boot,
/// which is written back in the end.
///
/// # Errors
/// Those of the files: EACCES if not root, EINVAL if the kernel has none of the functions.
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
        (FILTER, functions, ""),
        ("current_tracer", "function_graph", "nop"),
    ];
    let ((), lines) = record(&settings, calls)?;
    // ` 0)   1.234 us    |  function() {`: processor and time are not ours to print.
    let calls = lines.iter().filter_map(|line| line.split_once("|  "));
    Ok(leaves(calls.map(|(_, call)| call.trim_end().to_owned())))
}

/// Does the work and returns the kernel's record of what the tasks of these `names` did meanwhile,
/// behind the name of each: their marks, the functions that match `functions` and are called by
/// one that matches `entries`, and in these their sleeps and whom of each other they woke. Marks of
/// others stand there without a name. What the work starts runs on this processor too, and each
/// until it waits ([`Turns`]), so the record is in one piece and in one order. `more` is as the
/// settings of [`record`].
///
/// # Errors
/// Those of [`record`], and of the work. InvalidInput: a name is longer than 7 bytes, which is where
/// the tracer cuts them off.
pub fn tasks(
    names: &[&str],
    (entries, functions): (&str, &str),
    more: &[(&str, &str, &str)],
    work: impl FnOnce() -> io::Result<()>,
) -> io::Result<Vec<String>> {
    if names.iter().any(|name| name.len() > SHOWN) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let any = |field: &str| {
        let one = |name: &&str| format!("{field} == \"{name}\"");
        names.iter().map(one).collect::<Vec<_>>().join(" || ")
    };
    let (sleeper, woken) = (any("prev_comm"), any("comm"));
    let settings = [
        ("options/funcgraph-irqs", "0", "1"),
        ("options/funcgraph-proc", "1", "0"),
        ("set_graph_function", entries, ""),
        (FILTER, functions, ""),
        ("events/sched/sched_switch/filter", sleeper.as_str(), "0"),
        ("events/sched/sched_wakeup/filter", woken.as_str(), "0"),
        ("events/sched/sched_switch/enable", "1", "0"),
        ("events/sched/sched_wakeup/enable", "1", "0"),
        ("current_tracer", "function_graph", "nop"),
    ];
    let (_processor, _turns) = (OneProcessor::stay()?, Turns::take()?);
    let (result, lines) = record(&[more, &settings].concat(), work)?;
    result.map(|()| told(names, &lines))
}

/// Puts a line of our own into the record.
pub fn mark(text: &str) {
    // The kernel does not wait for a page that is not there yet, such as one of the program's file:
    // it would write `<faulted>`. A copy has just been written, so its page is there.
    let text = text.to_owned();
    // A record without it is still a record.
    let _ = set("trace_marker", &text);
}

/// A call between two lines of our own: what it is, and `returned` or its error.
///
/// # Errors
/// Those of the call.
pub fn marked<T, E: Debug>(
    what: &str,
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    mark(what);
    let result = call();
    match &result {
        Ok(_) => mark("returned"),
        Err(error) => mark(&format!("{error:?}")),
    }
    result
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
            match *file {
                FILTER => filter(value)?,
                _ => set(file, value)?,
            }
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

/// Has those functions recorded that match one of the patterns. Which functions there are
/// differs from kernel to kernel: a pattern that none matches is no error, unless all are such.
fn filter(patterns: &str) -> io::Result<()> {
    set(FILTER, "")?;
    let (mut known, mut unknown) = (false, None);
    for pattern in patterns.split_whitespace() {
        let path = Path::new(TRACEFS).join(FILTER);
        let mut file = fs::OpenOptions::new().append(true).open(path)?;
        match file.write_all(pattern.as_bytes()) {
            Ok(()) => known = true,
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                unknown =
                    Some(io::Error::new(error.kind(), format!("no function {pattern}")));
            }
            Err(error) => return Err(error),
        }
    }
    match unknown {
        Some(error) if !known => Err(error),
        _ => Ok(()),
    }
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        let what = format!("write {value:?} to {TRACEFS}/{file}: {error}");
        io::Error::new(error.kind(), what)
    })
}
