//! Who waits wrongly: looks again and again instead of sleeping, or cannot be interrupted.

use super::Wrong;
use crate::exercises::mutants::source::{Source, children};
use tree_sitter::Node;

/// See [`super::wrong`].
pub fn wrong(source: &Source, node: Node) -> Vec<Wrong> {
    [polling(source, node), deaf(source, node), timeless(source, node)].into_iter().flatten().collect()
}

/// Looks every millisecond, and is interrupted as it should be.
fn polling(source: &Source, node: Node) -> Option<Wrong> {
    let called = source.called(node);
    let arguments = children(node.child_by_field_name("arguments")?);
    let come = match called {
        _ if called.starts_with("wait_event") => format!("({})", source.of(*arguments.get(1)?)),
        _ if called.starts_with("wait_for_completion") => {
            format!("try_wait_for_completion({})", source.of(*arguments.first()?))
        }
        _ => return None,
    };
    let stop = if called.contains("killable") { "fatal_signal_pending" } else { "signal_pending" };
    let interruptible = called.contains("interruptible") || called.contains("killable");
    let stop = if interruptible { format!("{stop}(current)") } else { "0".into() };
    let poll = format!(
        "({{ int stop = 0; while (!{come} && !(stop = {stop})) schedule_timeout_interruptible(1); stop ? -ERESTARTSYS : 0; }})"
    );
    let header = source.begin("#include <linux/sched/signal.h>\n");
    Some(("looks again and again", vec![header, source.replace(node, poll)]))
}

/// Sleeps until it has what it waits for, whatever signals come.
fn deaf(source: &Source, node: Node) -> Option<Wrong> {
    let called = source.called(node);
    let plain = called.replace("_interruptible", "").replace("_killable", "");
    let wake = called.starts_with("wake_up");
    (plain != called && !wake).then(|| {
        let arguments = source.field(node, "arguments");
        ("no signal ends it", vec![source.replace(node, format!("({{ {plain}{arguments}; 0; }})"))])
    })
}

/// poll(2) and its like do not wait.
fn timeless(source: &Source, node: Node) -> Option<Wrong> {
    (source.of(node) == "PollTimeout::NONE")
        .then(|| ("looks again and again", vec![source.replace(node, "PollTimeout::ZERO")]))
}
