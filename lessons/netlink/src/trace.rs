//! Which kernel functions a call ran, as the kernel itself recorded it.
//!
//! This is the function_graph tracer of Documentation/trace/ftrace.rst, driven through
//! tracefs. Needs root.

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity},
    unistd::{Pid, gettid},
};
use std::{fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

/// The functions to record: those of netlink that end so (`netlink_sendmsg`,
/// `netlink_recvmsg`, `netlink_ack`), that of generic netlink which finds the family, and
/// our own. Three patterns, because each costs the kernel a walk over all of its functions.
const FUNCTIONS: &str = "netlink_*[gk] genl_rcv_msg gauge_*";

/// Makes the calls and returns the kernel's record of them: a line for each function
/// entered or left.
///
/// # Errors
/// Those of the files in tracefs: EACCES if not root, EINVAL if no function has such a
/// name.
pub fn record(calls: impl FnOnce()) -> io::Result<Vec<String>> {
    let recording = Recording::start()?;
    calls();
    recording.stop()
}

/// A running tracer. Dropping it stops it and leaves tracefs as it is after boot.
struct Recording {
    processors: CpuSet,
}

impl Recording {
    fn start() -> io::Result<Recording> {
        let recording = Recording { processors: sched_getaffinity(Pid::from_raw(0))? };
        // On one processor, so that the record is in one piece.
        let mut here = CpuSet::new();
        here.set(sched_getcpu()?)?;
        sched_setaffinity(Pid::from_raw(0), &here)?;

        set("tracing_on", "0")?;
        set("set_ftrace_pid", &gettid().to_string())?;
        set("set_ftrace_filter", FUNCTIONS)?;
        set("current_tracer", "function_graph")?;
        set("tracing_on", "1")?;
        Ok(recording)
    }

    fn stop(self) -> io::Result<Vec<String>> {
        set("tracing_on", "0")?;
        let trace = fs::read_to_string(Path::new(TRACEFS).join("trace"))?;
        // ` 0)   1.234 us    |  function() {`: processor and time are not ours to print.
        let calls = trace
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once("|  "));
        Ok(calls.map(|(_, call)| call.trim_end().to_owned()).collect())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Nobody could act on a failure here, and the next recording sets everything anew.
        for (file, value) in [
            ("current_tracer", "nop"),
            ("set_ftrace_filter", ""),
            ("set_ftrace_pid", ""),
            ("tracing_on", "1"),
        ] {
            let _ = set(file, value);
        }
        let _ = sched_setaffinity(Pid::from_raw(0), &self.processors);
    }
}

fn set(file: &str, value: &str) -> io::Result<()> {
    fs::write(Path::new(TRACEFS).join(file), value).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("write \"{value}\" to {TRACEFS}/{file}: {error}"),
        )
    })
}
