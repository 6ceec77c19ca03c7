//! What the kernel does for semaphores, as it recorded it itself.
//!
//! This is the function_graph tracer of Documentation/trace/ftrace.rst, driven through
//! tracefs. Needs root.

use lesson::{ftrace, processor::OneProcessor};
use nix::unistd::getpid;
use std::io;

/// Does the work, and returns the kernel's record of those functions that `entries` call:
/// a line for each function that our children `waiter` and `poster` enter or leave, with
/// the name before it, and our own marks. All run on one processor, so the record is in one
/// piece.
///
/// # Errors
/// Those of the work and of the files in tracefs: EACCES if not root.
pub fn record(
    entries: &str,
    functions: &str,
    work: impl FnOnce() -> io::Result<()>,
) -> io::Result<Vec<String>> {
    let ours = getpid().to_string();
    let settings = [
        ("set_ftrace_pid", ours.as_str(), ""),
        ("options/function-fork", "1", "0"),
        ("options/funcgraph-irqs", "0", "1"),
        ("options/funcgraph-proc", "1", "0"),
        ("set_graph_function", entries, ""),
        ("set_ftrace_filter", functions, ""),
        ("current_tracer", "function_graph", "nop"),
    ];
    let _processor = OneProcessor::stay()?;
    let (result, lines) = ftrace::record(&settings, work)?;
    result.map(|()| lines.iter().filter_map(|line| self::line(line)).collect())
}

/// What we print of a line of the record.
fn line(text: &str) -> Option<String> {
    let (name, call) = ftrace::task_and_call(text)?;
    if let Some(mark) = call.trim_start().strip_prefix("/* ") {
        return mark.strip_suffix(" */").map(str::to_owned);
    }
    ["waiter", "poster"].contains(&name).then(|| format!("{name}  {call}"))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_line_keeps_the_process_and_the_call() {
        let text = " 0)  waiter-1234   | + 20.240 us   |    futex_wait();";
        assert_eq!(line(text), Some("waiter    futex_wait();".into()));
    }

    #[test]
    fn a_mark_is_ours() {
        let text = " 0)  semapho-1234  |               |  /* wait, then post: */";
        assert_eq!(line(text), Some("wait, then post:".into()));
    }

    #[test]
    fn what_others_do_is_left_out() {
        assert_eq!(line(" 0)  agent-1234    | + 20.240 us   |    futex_wait();"), None);
        assert_eq!(line(" 0)  waiter-154     =>   poster-156    "), None);
        assert_eq!(line(" ------------------------------------------"), None);
    }
}
