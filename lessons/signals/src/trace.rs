//! What the kernel notes of signals: the tracepoints of include/trace/events/signal.h,
//! switched on through tracefs. Needs root.

use lesson::ftrace;
use std::io;

/// Does the work and returns the kernel's record of these signals: a line for each that was
/// generated or delivered, and for each mark, behind what did it. Names and addresses, which
/// differ from run to run, are left out.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root.
pub fn record(signals: &[i32], work: impl FnOnce()) -> io::Result<Vec<String>> {
    let wanted: Vec<_> = signals.iter().map(|signal| format!("sig=={signal}")).collect();
    let settings = [
        ("events/signal/filter", wanted.join("||"), "0"),
        ("events/signal/enable", "1".to_owned(), "0"),
    ];
    let settings =
        settings.each_ref().map(|(file, value, after)| (*file, &**value, *after));
    let ((), lines) = ftrace::record(&settings, work)?;
    Ok(lines.iter().filter_map(|line| event(line)).collect())
}

/// `task-PID [CPU] FLAGS TIME: EVENT: NAME=VALUE …`: the third of the flags says in what
/// context it happened.
fn event(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("] ")?;
    let mut words = rest.split_whitespace();
    let context = match words.next()?.chars().nth(2)? {
        's' => "softirq",
        'h' | 'H' => "interrupt",
        _ => "thread",
    };
    if let Some((_, mark)) = rest.split_once(": tracing_mark_write: ") {
        return Some(format!("{context:7}  /* {mark} */"));
    }
    let name = words.nth(1)?;
    let shown = ["sig=", "code=", "grp=", "res="];
    let fields: Vec<_> =
        words.filter(|word| shown.iter().any(|name| word.starts_with(name))).collect();
    Some(format!("{context:7}  {name} {}", fields.join(" ")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_mark_is_the_threads() {
        let mark = super::event(" signals-77 [001] ..... 1.5: tracing_mark_write: a: b");
        assert_eq!(mark.as_deref(), Some("thread   /* a: b */"));
    }

    #[test]
    fn an_event_keeps_what_does_not_differ_from_run_to_run() {
        let event = super::event(
            " <idle>-0  [001] ..s1.  12.3: signal_generate: \
             sig=34 errno=0 code=-1 comm=a b pid=7 grp=0 res=0",
        );
        assert_eq!(
            event.as_deref(),
            Some("softirq  signal_generate: sig=34 code=-1 grp=0 res=0")
        );
    }
}
