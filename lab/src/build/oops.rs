//! What an oops says.

use crate::vm::console;

/// A kernel log's first report of trouble, in a few lines; the whole of it is in `cargo lab log`.
pub fn summary(log: &str) -> Option<String> {
    let first = console::trouble(log)?;
    let rest = log.lines().map(console::message).skip_while(|line| *line != first).skip(1);
    let telling = rest.take_while(|line| !line.starts_with("---[ end")).filter(|line| line.starts_with("RIP: "));
    let lines: Vec<&str> = [first].into_iter().chain(telling.take(1)).collect();
    Some(format!("the kernel reported trouble\n  {}", lines.join("\n  ")))
}
