//! What an oops says.

use crate::vm::console;

/// What it means that an init function has returned something suspicious.
const INIT: &str = "\nan init function returns 0, or an error as a negative number";

/// A kernel log's first report of trouble, in a few lines; the whole of it is in `cargo lab log`.
pub fn summary(log: &str) -> Option<String> {
    let first = console::trouble(log)?;
    let rest = log.lines().map(console::message).skip_while(|line| *line != first).skip(1);
    let telling = rest.take_while(|line| !line.starts_with("---[ end")).filter(|line| line.starts_with("RIP: "));
    let lines: Vec<&str> = [first].into_iter().chain(telling.take(1)).collect();
    let meaning = if first.contains("suspiciously returned") { INIT } else { "" };
    Some(format!("the kernel reported trouble\n  {}{meaning}", lines.join("\n  ")))
}
