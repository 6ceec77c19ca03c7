//! A record of ftrace as a lesson prints it, read again: who did what, in which order.

use anyhow::{Result, bail, ensure};
use regex::Regex;

/// What was recorded, in its order.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// The names that stand before the lines. None: one task did everything, and has no name.
    pub tasks: Vec<String>,
    /// What they did.
    pub steps: Vec<Step>,
}

/// One line of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose it is, as a place in [`Record::tasks`]; 0 if no task has a name. None: a heading, a mark that stands
    /// for none of the named tasks.
    pub task: Option<usize>,
    /// How many functions the task was in.
    pub depth: usize,
    /// What it did.
    pub what: What,
}

/// What a task did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It was in user space, and wrote this into the record.
    Mark(String),
    /// It entered a function.
    Enter(Function),
    /// It entered a function and left it, and nothing was recorded in between.
    Call(Function),
    /// It left the function that it had entered last.
    Leave(Function),
    /// It went to sleep.
    Sleep,
    /// It woke the task of this name.
    Wake(String),
    /// Something else that the kernel recorded: a tracepoint, or a function that began.
    Event(String),
}

/// A function of the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The module that it belongs to, if it belongs to one.
    pub module: Option<String>,
}

impl What {
    /// Whether it happened in the kernel.
    pub fn in_kernel(&self) -> bool {
        !matches!(self, What::Mark(_))
    }
}

impl Record {
    /// Reads a part of a lesson's output: a line for each function entered (`name() {`) or left (`}`), or both
    /// (`name();`), for each mark (`/* text */`) and each event (`sched_switch: …`, `block_bio_queue …`). All may stand
    /// behind a task's name and two spaces. What is none of these is an error, and so is a function that is left before
    /// it was entered; one that is never left is none: its task may have been killed.
    pub fn parse(text: &str) -> Result<Record> {
        let named = Regex::new(r"^([a-z][a-z0-9-]*)  +(\S.*)$")?;
        let shapes = Shapes::new()?;
        let lines: Vec<_> = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(at, line)| match named.captures(line) {
                Some(found) => (at + 1, Some(found[1].to_string()), found[2].to_string()),
                None => (at + 1, None, line.trim().to_string()),
            })
            .collect();
        let mut tasks: Vec<String> = Vec::new();
        for name in lines.iter().filter_map(|(_, name, _)| name.as_ref()) {
            if !tasks.contains(name) {
                tasks.push(name.clone());
            }
        }
        let mut entered: Vec<Vec<Function>> = vec![Vec::new(); tasks.len().max(1)];
        let mut steps = Vec::new();
        for (at, name, line) in lines {
            let task = match &name {
                Some(name) => tasks.iter().position(|task| task == name),
                None if tasks.is_empty() => Some(0),
                None => None,
            };
            let what = shapes.step(&line).map_err(|error| error.context(format!("line {at}")))?;
            let Some(of) = task else {
                ensure!(matches!(what, What::Mark(_)), "line {at}: whose is it? Other lines have a name: {line}");
                steps.push(Step { task, depth: 0, what });
                continue;
            };
            let inside = &mut entered[of];
            let what = match what {
                What::Leave(told) => {
                    let Some(function) = inside.pop() else { bail!("line {at}: left before it was entered: {line}") };
                    ensure!(
                        told.name.is_empty() || told == function,
                        "line {at}: {} was entered last: {line}",
                        function.name
                    );
                    What::Leave(function)
                }
                what => what,
            };
            steps.push(Step { task, depth: inside.len(), what: what.clone() });
            if let What::Enter(function) = what {
                inside.push(function);
            }
        }
        ensure!(steps.iter().any(|step| step.what.in_kernel()), "nothing in it happened in the kernel");
        Ok(Record { tasks, steps })
    }
}

/// What a line may look like, without the task.
struct Shapes {
    call: Regex,
    leave: Regex,
    comment: Regex,
    event: Regex,
}

impl Shapes {
    fn new() -> Result<Shapes> {
        Ok(Shapes {
            call: Regex::new(r"^(\S+(?: \[\w+\])?)\(\)(;| \{)$")?,
            leave: Regex::new(r"^\}(?: /\* (.+) \*/)?$")?,
            comment: Regex::new(r"^/\* (.+) \*/$")?,
            event: Regex::new(r"^\w+_\w+(?::? .*)?$")?,
        })
    }

    /// What a line says. A function that is left may have no name.
    fn step(&self, line: &str) -> Result<What> {
        let Shapes { call, leave, comment, event } = self;
        if let Some(found) = call.captures(line) {
            let function = function(&found[1]);
            return Ok(if &found[2] == ";" { What::Call(function) } else { What::Enter(function) });
        }
        if let Some(found) = leave.captures(line) {
            return Ok(What::Leave(function(found.get(1).map_or("", |name| name.as_str()))));
        }
        let text = comment.captures(line).map_or(line, |found| found.extract::<1>().1[0]);
        if text.starts_with("sched_switch: prev_state=") {
            return Ok(What::Sleep);
        }
        if let Some(whom) = text.strip_prefix("sched_wakeup: comm=") {
            return Ok(What::Wake(whom.to_string()));
        }
        if comment.is_match(line) {
            return Ok(What::Mark(text.to_string()));
        }
        ensure!(event.is_match(line), "a record has no such line: {line}");
        Ok(What::Event(line.split_whitespace().collect::<Vec<_>>().join(" ")))
    }
}

/// `name [module]`.
fn function(text: &str) -> Function {
    match text.strip_suffix(']').and_then(|text| text.split_once(" [")) {
        Some((name, module)) => Function { name: name.to_string(), module: Some(module.to_string()) },
        None => Function { name: text.to_string(), module: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Vec<(Option<usize>, usize, What)> {
        let record = Record::parse(text).expect("a record");
        record.steps.into_iter().map(|step| (step.task, step.depth, step.what)).collect()
    }

    fn named(name: &str) -> Function {
        function(name)
    }

    #[test]
    fn functions_nest() {
        let text = "/* read(2) */\nvfs_read() {\n  tube_read [crossings_chardev]();\n}\n";
        let tube = Function { name: "tube_read".into(), module: Some("crossings_chardev".into()) };
        assert_eq!(
            what(text),
            [
                (Some(0), 0, What::Mark("read(2)".into())),
                (Some(0), 0, What::Enter(named("vfs_read"))),
                (Some(0), 1, What::Call(tube)),
                (Some(0), 0, What::Leave(named("vfs_read"))),
            ]
        );
    }

    /// Recorded: a reader that slept, and the writer that woke it.
    pub const TASKS: &str = "\
/* both */
reader  /* read(2) */
reader  tube_read [crossings_chardev]() {
reader    schedule() {
reader      /* sched_switch: prev_state=S */
writer  /* write(2) */
writer  tube_write [crossings_chardev]() {
writer    __wake_up() {
writer      /* sched_wakeup: comm=reader */
writer    }
writer  }
reader    } /* schedule */
reader  } /* tube_read [crossings_chardev] */
";

    #[test]
    fn each_task_has_functions_of_its_own() {
        let record = Record::parse(TASKS).expect("a record");
        assert_eq!(record.tasks, ["reader", "writer"]);
        assert_eq!(record.steps[0].task, None);
        let of = |task| record.steps.iter().filter(move |step| step.task == Some(task));
        assert_eq!(of(0).map(|step| step.depth).collect::<Vec<_>>(), [0, 0, 1, 2, 1, 0]);
        assert_eq!(of(1).map(|step| step.depth).collect::<Vec<_>>(), [0, 0, 1, 2, 1, 0]);
        assert_eq!(of(0).filter(|step| step.what == What::Sleep).count(), 1);
        assert!(of(1).any(|step| step.what == What::Wake("reader".into())));
    }

    #[test]
    fn events_lose_the_width_of_their_columns() {
        let text = "/* fsync */\n  block_bio_queue      WS   0 + 8\n  ramdisk_queue_rq\n";
        assert_eq!(what(text)[1].2, What::Event("block_bio_queue WS 0 + 8".into()));
        assert_eq!(what(text)[2].2, What::Event("ramdisk_queue_rq".into()));
        let text = "softirq  signal_generate: sig=10 code=-2\n";
        assert_eq!(what(text)[0].2, What::Event("signal_generate: sig=10 code=-2".into()));
    }

    #[test]
    fn what_is_never_left_is_a_record() {
        assert_eq!(what("do_exit() {\n").len(), 1);
    }

    #[test]
    fn odd_records_are_refused_with_the_line() {
        for (text, said) in [
            ("f();\n}\n", "line 2: left before"),
            ("f() {\n} /* g */\n", "line 2: f was entered last"),
            ("f();\nthe other open: EPERM\n", "line 2"),
            (" ------------------------------------------\n", "line 1"),
            ("reader  f();\ng();\n", "line 2: whose"),
            ("reader  f() {\nwriter  }\n", "line 2: left before"),
            ("/* only a mark */\n", "nothing in it"),
            ("", "nothing in it"),
        ] {
            let error = format!("{:#}", Record::parse(text).expect_err(text));
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
