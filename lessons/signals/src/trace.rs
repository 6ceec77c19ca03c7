//! What the kernel notes of signals: the tracepoints of include/trace/events/signal.h,
//! switched on through tracefs. Needs root.

use std::{fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

/// Does the work and returns the kernel's record of these signals: a line for each that was
/// generated or delivered. Names and addresses, which differ from run to run, are left out.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root.
pub fn record(signals: &[i32], work: impl FnOnce()) -> io::Result<Vec<String>> {
    let recording = Recording::start(signals)?;
    work();
    recording.stop()
}

/// Switched-on events. Dropping this switches them off.
struct Recording;

impl Recording {
    fn start(signals: &[i32]) -> io::Result<Recording> {
        let wanted: Vec<_> =
            signals.iter().map(|signal| format!("sig=={signal}")).collect();
        set("trace", "")?;
        set("events/signal/filter", &wanted.join("||"))?;
        set("events/signal/enable", "1")?;
        Ok(Recording)
    }

    fn stop(self) -> io::Result<Vec<String>> {
        set("events/signal/enable", "0")?;
        let trace = fs::read_to_string(Path::new(TRACEFS).join("trace"))?;
        Ok(trace.lines().filter(|line| !line.starts_with('#')).filter_map(event).collect())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next recording sets everything anew.
        let _ = set("events/signal/enable", "0");
        let _ = set("events/signal/filter", "0");
    }
}

/// `task-PID [CPU] FLAGS TIME: EVENT: NAME=VALUE …`: the third of the flags says in what
/// context it happened.
fn event(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("] ")?;
    let mut words = rest.split_whitespace();
    let context = match words.next()?.chars().nth(2)? {
        's' => "in a softirq",
        'h' | 'H' => "in an interrupt",
        _ => "by a thread",
    };
    let name = words.nth(1)?;
    let shown = ["sig=", "code=", "grp=", "res="];
    let fields: Vec<_> =
        words.filter(|word| shown.iter().any(|name| word.starts_with(name))).collect();
    Some(format!("{name} {} {context}", fields.join(" ")))
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("write {value:?} to {TRACEFS}/{file}: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_event_keeps_what_does_not_differ_from_run_to_run() {
        let event = super::event(
            " <idle>-0  [001] ..s1.  12.3: signal_generate: \
             sig=34 errno=0 code=-1 comm=a b pid=7 grp=0 res=0",
        );
        assert_eq!(
            event.as_deref(),
            Some("signal_generate: sig=34 code=-1 grp=0 res=0 in a softirq")
        );
    }
}
