//! The lines of the function_graph tracer, without what changes from run to run.

/// The lines of these tasks, each behind its name.
pub fn told(names: &[&str], lines: &[String]) -> Vec<String> {
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
pub fn leaves(lines: impl Iterator<Item = String>) -> Vec<String> {
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
fn task_and_call(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split('|');
    let (_, task) = fields.next()?.split_once(')')?;
    let (name, _) = task.trim().rsplit_once('-')?;
    Some((name, fields.nth(1)?.strip_prefix("  ")?.trim_end()))
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
