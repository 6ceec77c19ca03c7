//! What the kernel did meanwhile, as it recorded it itself.
//!
//! This is Documentation/trace/ftrace.rst, driven through tracefs. Needs root.

use crate::{processor::OneProcessor, turns::Turns};
use nix::unistd::gettid;
use std::{fmt::Debug, fs, io, path::Path};

const TRACEFS: &str = "/sys/kernel/tracing";

/// How much of a task's name the function_graph tracer shows.
const SHOWN: usize = 7;

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
        ("set_ftrace_filter", functions, ""),
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

/// The lines of these tasks, each behind its name.
fn told(names: &[&str], lines: &[String]) -> Vec<String> {
    let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
    // How many functions each is in.
    let mut depths = vec![0_usize; names.len()];
    let line = |text: &String| {
        let (name, call) = task_and_call(text)?;
        let said = call.trim_start();
        let Some(task) = names.iter().position(|known| *known == name) else {
            let is_mark = said.starts_with("/* ") && !said.starts_with("/* sched_");
            return is_mark.then(|| said.to_owned());
        };
        let indent = call.len() - said.len();
        let (indent, said) =
            match said.strip_prefix("/* ").map(|said| said.strip_prefix("sched_")) {
                Some(Some(_)) if depths[task] == 0 => return None,
                // The tracer puts these where the line before them stands, whosever that was.
                Some(Some(event)) => (2 * depths[task], scheduled(event)?),
                Some(None) => (0, said.to_owned()),
                None => (indent, said.to_owned()),
            };
        if said.ends_with('{') {
            depths[task] += 1;
        } else if said.starts_with('}') {
            depths[task] = depths[task].saturating_sub(1);
        }
        Some(format!("{name:width$}  {:indent$}{said}", ""))
    };
    leaves(lines.iter().filter_map(line))
}

/// Makes one line again of a function's beginning and end with nothing between them. The tracer does so
/// unless it has something to tell in between, and that is left out here where it says nothing of
/// these calls: that the task was made to wait for the processor.
fn leaves(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for line in lines {
        // The tracer names the function whose end it is, if it has lost sight of its beginning.
        let end =
            line.strip_suffix('}').or_else(|| line.split_once("} /* ").map(|(end, _)| end));
        let begun = left.last_mut().zip(end).and_then(|(last, place)| {
            let call = last.strip_prefix(place)?.strip_suffix(" {")?;
            (!call.starts_with(' '))
                .then(|| format!("{place}{call};"))
                .map(|leaf| (last, leaf))
        });
        match begun {
            Some((last, leaf)) => *last = leaf,
            None => left.push(line),
        }
    }
    left
}

/// What does not change from run to run of `switch: prev_comm=… prev_pid=… prev_prio=… prev_state=S ==> …`
/// and of `wakeup: comm=… pid=… …`. None: the task was only made to wait for the processor.
fn scheduled(event: &str) -> Option<String> {
    let (event, fields) = event.split_once(": ")?;
    let field = |name: &str| fields.split(' ').find(|field| field.starts_with(name));
    let kept = match event {
        "switch" => {
            field("prev_state=").filter(|state| !state.starts_with("prev_state=R"))?
        }
        _ => field("comm=")?,
    };
    Some(format!("/* sched_{event}: {kept} */"))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines as Linux 6.12 wrote them.
    const RECORDED: &str = "\
 0)  chardev-150   |               |  /* both */
 0)  reader-154    |               |  /* read(2) */
 0)  reader-154    |               |  /* sched_switch: prev_comm=reader prev_pid=154 prev_prio=120 prev_state=S ==> next_comm=x next_pid=1 next_prio=120 */
 0)  reader-154    |               |  tube_read [crossings_chardev]() {
 0)  reader-154    |               |    schedule() {
 0)  reader-154    |               |      /* sched_switch: prev_comm=reader prev_pid=154 prev_prio=120 prev_state=R+ ==> next_comm=x next_pid=1 next_prio=120 */
 0)  reader-154    |               |      /* sched_switch: prev_comm=reader prev_pid=154 prev_prio=120 prev_state=S ==> next_comm=x next_pid=1 next_prio=120 */
 ------------------------------------------
 0)  reader-154    =>  other-12   
 ------------------------------------------

 0)  other-12      |   1.100 us    |  tube_read [crossings_chardev]();
 0)  other-12      |               |  /* sched_wakeup: comm=reader pid=154 prio=120 target_cpu=000 */
 0)  writer-155    |               |  __wake_up() {
 0)  writer-155    |               |  /* sched_wakeup: comm=reader pid=154 prio=120 target_cpu=000 */
 0)  writer-155    | + 20.240 us   |  }
 0)  reader-154    | ! 120.240 us  |    } /* schedule */
";

    #[test]
    fn a_function_in_which_the_task_only_had_to_wait_is_one_line() {
        for end in ["}", "} /* load_msg */"] {
            let recorded = format!(
                "\
 0)  sender-154    |               |  do_mq_timedsend() {{
 0)  sender-154    |               |    load_msg() {{
 0)  sender-154    |               |      /* sched_switch: prev_comm=sender prev_pid=154 prev_prio=98 prev_state=R+ ==> next_comm=x next_pid=1 next_prio=120 */
 0)  sender-154    |               |    {end}
 0)  sender-154    |   1.100 us    |    msg_insert();
 0)  sender-154    |               |  }}
"
            );
            let lines: Vec<_> = recorded.lines().map(str::to_owned).collect();
            assert_eq!(
                told(&["sender"], &lines),
                [
                    "sender  do_mq_timedsend() {",
                    "sender    load_msg();",
                    "sender    msg_insert();",
                    "sender  }"
                ]
            );
        }
    }

    #[test]
    fn a_record_keeps_what_does_not_change_from_run_to_run() {
        let lines: Vec<_> = RECORDED.lines().map(str::to_owned).collect();
        assert_eq!(
            told(&["reader", "writer"], &lines),
            [
                "/* both */",
                "reader  /* read(2) */",
                "reader  tube_read [crossings_chardev]() {",
                "reader    schedule() {",
                "reader      /* sched_switch: prev_state=S */",
                "writer  __wake_up() {",
                "writer    /* sched_wakeup: comm=reader */",
                "writer  }",
                "reader    } /* schedule */",
            ]
        );
    }
}
