//! The way of a call through the kernel, as the kernel recorded it with the tracer
//! `function` of Documentation/trace/ftrace.rst. Needs root.
//!
//! The tracer is not told whose calls to record (`set_ftrace_pid`): it would have to watch
//! every switch from one thread to another, and for that change the code of the kernel's
//! scheduler while both processors run it. We take our thread's lines from the record
//! instead.

use crate::instruction;
use lesson::{ftrace, processor::OneProcessor};
use nix::{errno::Errno, unistd::gettid};
use std::io;
use syscalls::Sysno;

/// The functions to record: where the calls are told apart, where a filter is asked, and
/// what the calls of this lesson lead to. Few patterns, because each costs the kernel a
/// walk over all of its functions. What comes before them cannot be recorded; [`callers`]
/// shows it.
#[cfg(target_arch = "x86_64")]
const FUNCTIONS: &str =
    "x64_sys_call __secure_computing *[yf]s_write write_null __x64_sys_clock_get*";
#[cfg(target_arch = "x86")]
const FUNCTIONS: &str =
    "ia32_sys_call __secure_computing *[yf]s_write write_null __ia32_sys_clock_get*";

/// What a [`fence`] leaves in the record.
#[cfg(target_arch = "x86_64")]
const FENCE: &str = "__x64_sys_clock_getres\n";
#[cfg(target_arch = "x86")]
const FENCE: &str = "__ia32_sys_clock_getres_time32\n";

/// What comes before every call, a fence too, the last first: where the calls are told apart,
/// and in a thread that has a filter, where that is asked.
#[cfg(target_arch = "x86_64")]
const BEFORE: [&str; 2] = ["x64_sys_call\n", "__secure_computing\n"];
#[cfg(target_arch = "x86")]
const BEFORE: [&str; 2] = ["ia32_sys_call\n", "__secure_computing\n"];

// ANCHOR: functions
/// Makes the calls. Returns for each element of `calls` the functions that ran meanwhile in
/// this thread, one a line, in the order in which they began. ENODATA: the record is not
/// whole.
pub fn functions<const N: usize>(
    mut calls: [&mut dyn FnMut(); N],
) -> io::Result<[String; N]> {
    let _processor = OneProcessor::stay()?;
    let settings =
        [("set_ftrace_filter", FUNCTIONS, ""), ("current_tracer", "function", "nop")];
    let ((), lines) = ftrace::record(&settings, || {
        for call in &mut calls {
            fence();
            call();
        }
        fence();
    })?;
    // `NAME <-CALLER`
    let names = lines.iter().filter_map(|line| ours(line)?.split_once(" <-"));
    let record: String = names.map(|(name, _)| format!("{name}\n")).collect();
    // Before the first fence and after the last, the recording is switched on and off.
    let between = record.split(FENCE).skip(1).take(N);
    let without = |lines, before| str::strip_suffix(lines, before).unwrap_or(lines);
    let between = between.map(|lines| BEFORE.into_iter().fold(lines, without).to_owned());
    between.collect::<Vec<_>>().try_into().map_err(|_| Errno::ENODATA.into())
}

/// A call that only separates what comes before it from what comes after it.
fn fence() {
    // SAFETY: with a null pointer, clock_getres(2) has nothing to write to.
    let _ = unsafe { instruction::call(Sysno::clock_getres, [0; 6]) };
}
// ANCHOR_END: functions

// ANCHOR: callers
/// Makes the calls and returns who had called `function` when it ran: what the kernel found
/// on its stack, the outermost first.
pub fn callers(function: &str, calls: impl FnOnce()) -> io::Result<Vec<String>> {
    let _processor = OneProcessor::stay()?;
    let settings = [
        ("set_ftrace_filter", function, ""),
        ("options/func_stack_trace", "1", "0"),
        ("current_tracer", "function", "nop"),
    ];
    let ((), lines) = ftrace::record(&settings, calls)?;
    // Below our header, a line ` => NAME` each, of which the first is the tracer itself.
    let stack = lines.iter().skip_while(|line| ours(line) != Some("<stack trace>")).skip(1);
    let names = stack.map_while(|line| line.strip_prefix(" => "));
    let mut names: Vec<_> =
        names.skip_while(|name| *name != function).map(str::to_owned).collect();
    names.reverse();
    Ok(names)
}
// ANCHOR_END: callers

/// What a line says of this thread: `COMM-TID [CPU] FLAGS TIME: TEXT`.
fn ours(line: &str) -> Option<&str> {
    let (task, rest) = line.split_once(" [")?;
    let tid = task.trim_end().rsplit('-').next()?;
    (tid == gettid().to_string()).then(|| rest.split_once(": ").map(|(_, text)| text))?
}
