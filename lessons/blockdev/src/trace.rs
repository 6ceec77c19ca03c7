//! What happened to each request, as the kernel itself recorded it.
//!
//! The block layer has trace events, and the function tracer adds the moment at which our
//! driver is called; both are described in Documentation/trace. Needs root.

use crate::NAME;
use std::{fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

// ANCHOR: record
/// A bio comes in; it is merged into a request; a request goes to the driver; it is
/// finished.
const EVENTS: [&str; 4] =
    ["block_bio_queue", "block_bio_backmerge", "block_rq_issue", "block_rq_complete"];

/// The function of our driver that gets the requests.
const DRIVER: &str = "ramdisk_queue_rq";

/// Makes the calls and returns what the kernel recorded meanwhile, a line for each event
/// and for each [`mark`]. It is in order if the program stays on one processor.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root, EINVAL if the module is not loaded.
pub fn record<T>(calls: impl FnOnce() -> T) -> io::Result<(T, Vec<String>)> {
    let recording = Recording::start()?;
    let result = calls();
    Ok((result, recording.stop()?))
}

/// Puts a line of our own into the record. EBADF: nothing is being recorded.
pub fn mark(text: &str) -> io::Result<()> {
    set("trace_marker", text)
}
// ANCHOR_END: record

/// A running recording. Dropping it stops it and leaves tracefs as it is after boot.
struct Recording;

impl Recording {
    fn start() -> io::Result<Recording> {
        let recording = Recording;
        set("tracing_on", "0")?;
        set("set_ftrace_filter", DRIVER)?;
        set("current_tracer", "function")?;
        for event in EVENTS {
            set(&format!("events/block/{event}/enable"), "1")?;
        }
        set("tracing_on", "1")?;
        Ok(recording)
    }

    fn stop(self) -> io::Result<Vec<String>> {
        set("tracing_on", "0")?;
        let trace = fs::read_to_string(Path::new(TRACEFS).join("trace"))?;
        Ok(trace.lines().filter(|line| !line.starts_with('#')).filter_map(step).collect())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next recording sets everything anew.
        for event in EVENTS {
            let _ = set(&format!("events/block/{event}/enable"), "0");
        }
        for (file, value) in
            [("current_tracer", "nop"), ("set_ftrace_filter", ""), ("tracing_on", "1")]
        {
            let _ = set(file, value);
        }
    }
}

/// One line of the trace, without the program, the processor, the time and the number of
/// the disk:
///
/// ```text
/// name-123 [001] ..... 1.234567: tracing_mark_write: text
/// name-123 [001] ..... 1.234568: ramdisk_queue_rq <-__blk_mq_issue_directly
/// name-123 [001] ..... 1.234569: block_rq_issue: 259,0 WS 4096 () 0 + 8 none,0,0 [name]
/// ```
fn step(line: &str) -> Option<String> {
    let (_, what) = line.split_once(": ")?;
    let Some((event, details)) = what.split_once(": ") else {
        return Some(format!("  {}", what.split(' ').next()?));
    };
    if event == "tracing_mark_write" {
        return Some(details.to_owned());
    }
    let details: Vec<&str> = details.split(' ').collect();
    let plus = details.iter().position(|word| *word == "+")?;
    let (kind, first, count) =
        (details.get(1)?, details.get(plus.checked_sub(1)?)?, details.get(plus + 1)?);
    // A flush has no place on the disk.
    let place = if *count == "0" { String::new() } else { format!("{first} + {count}") };
    Some(format!("  {event:19}  {kind:3}  {place}").trim_end().to_owned())
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("write \"{value}\" to {TRACEFS}/{file} for {NAME}: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn a_step_is_what_does_not_change_from_run_to_run() {
        let step = |what: &str| {
            step(&format!("  x-77 [001] .....  1.5: {what}")).unwrap_or_default()
        };
        assert_eq!(step("tracing_mark_write: direct write"), "direct write");
        assert_eq!(
            step("ramdisk_queue_rq <-__blk_mq_issue_directly"),
            "  ramdisk_queue_rq"
        );
        let issue = "block_rq_issue: 259,0 WS 4096 () 64 + 8 none,0,0 [x]";
        assert_eq!(step(issue), "  block_rq_issue       WS   64 + 8");
        assert_eq!(
            step("block_rq_complete: 259,0 WS () 64 + 8 [0]"),
            "  block_rq_complete    WS   64 + 8"
        );
        let flush = "block_rq_complete: 259,0 FF () 18446744073709551615 + 0 [0]";
        assert_eq!(step(flush), "  block_rq_complete    FF");
    }
}
