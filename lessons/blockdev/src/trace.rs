//! What happened to each request, as the kernel itself recorded it.
//!
//! The block layer has trace events, and the function tracer adds the moment at which our
//! driver is called; both are described in Documentation/trace. Needs root.

use lesson::ftrace;
use std::io;

// ANCHOR: record
/// The files of tracefs, each with what is written to it, and what it holds otherwise. A bio
/// comes in; it is merged into a request; a request goes to the driver, whose function is
/// called; it is finished.
const SETTINGS: [(&str, &str, &str); 6] = [
    ("set_ftrace_filter", "ramdisk_queue_rq", ""),
    ("current_tracer", "function", "nop"),
    ("events/block/block_bio_queue/enable", "1", "0"),
    ("events/block/block_bio_backmerge/enable", "1", "0"),
    ("events/block/block_rq_issue/enable", "1", "0"),
    ("events/block/block_rq_complete/enable", "1", "0"),
];

/// Makes the calls and returns what the kernel recorded meanwhile, a line for each event
/// and for each mark. It is in order if the program stays on one processor.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root, EINVAL if the module is not loaded.
pub fn record<T>(calls: impl FnOnce() -> T) -> io::Result<(T, Vec<String>)> {
    let (result, lines) = ftrace::record(&SETTINGS, calls)?;
    Ok((result, lines.iter().filter_map(|line| step(line)).collect()))
}
// ANCHOR_END: record

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
        return Some(format!("/* {details} */"));
    }
    let details: Vec<&str> = details.split(' ').collect();
    let plus = details.iter().position(|word| *word == "+")?;
    let (kind, first, count) =
        (details.get(1)?, details.get(plus.checked_sub(1)?)?, details.get(plus + 1)?);
    // A flush has no place on the disk.
    let place = if *count == "0" { String::new() } else { format!("{first} + {count}") };
    Some(format!("  {event:19}  {kind:3}  {place}").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn a_step_is_what_does_not_change_from_run_to_run() {
        let step = |what: &str| {
            step(&format!("  x-77 [001] .....  1.5: {what}")).unwrap_or_default()
        };
        assert_eq!(step("tracing_mark_write: direct write"), "/* direct write */");
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
