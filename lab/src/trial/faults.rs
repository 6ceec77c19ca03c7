//! What a module did wrong, in words: why it could not be loaded or unloaded, and what an oops says in terms of its source.

use super::{build::symbols, module::Module};
use crate::{
    build::{oops, place},
    report::verdict::{Fault, Lost},
    vm::{console, hung::Hung, kernel::Kernel},
};
use anyhow::Result;
use std::fmt::Write;

/// So many frames of a stack are told.
const FRAMES: usize = 12;

/// How the kernel begins to report what all busy processors do, which the lab asks for when something hangs.
const PROCESSORS: &str = "sysrq: Show backtrace of all active CPUs";

/// Whatever goes on in a guest is the doing of what runs there; only a lost VM is not.
pub fn blame(error: anyhow::Error, log: &str, modules: &[Module]) -> anyhow::Error {
    match error.downcast::<Hung>() {
        Ok(hung) => {
            let stacks = hung.threads.iter().flatten().flat_map(|thread| thread.kernel.iter().map(String::as_str));
            let busy = log.rfind(PROCESSORS).map_or("", |at| &log[at..]);
            let stack = decoded(&stacks.chain([busy]).collect::<Vec<_>>().join("\n"), modules);
            let stack =
                if stack.is_empty() { stack } else { format!("\nin the module, the innermost first:\n{stack}") };
            Fault(format!("{hung}{stack}")).into()
        }
        Err(error) if error.chain().any(|cause| cause.is::<Lost>()) => error,
        Err(error) => Fault(format!("{error:#}")).into(),
    }
}

/// Why loading a module failed, by what the agent and the log say.
pub fn loading(name: &str, said: &str, log: &str, kernel: &Kernel) -> Result<String> {
    let unknown = format!("{name}: Unknown symbol ");
    let mut text = match () {
        _ if said.contains("ENOEXEC") => format!("{name} is not for this kernel: {said}"),
        _ if said.contains("EEXIST") => format!("this kernel has a module {name} already: {said}"),
        _ if said.contains("ENOENT") && log.contains(&unknown) => format!("{name} uses what no loaded module exports"),
        _ => format!("{name} does not load: {said}"),
    };
    let mut symbols: Vec<&str> =
        log.lines().filter_map(|line| line.split_once(&unknown)?.1.split_whitespace().next()).collect();
    symbols.sort_unstable();
    symbols.dedup();
    for symbol in symbols {
        write!(text, "\n{}", symbols::explain(symbol, kernel)?)?;
    }
    Ok(text)
}

/// Why unloading failed. `users` is the module's line in /proc/modules.
pub fn unloading(name: &str, said: &str, users: &str) -> String {
    let words: Vec<&str> = users.split_whitespace().collect();
    let count = words.get(2).copied().unwrap_or("?");
    let by = words.get(3).filter(|names| **names != "-").map(|names| names.trim_end_matches(','));
    match () {
        _ if said.contains("EAGAIN") || said.contains("EWOULDBLOCK") => {
            let by = by.map_or_else(
                || "an open file, or a module_get() without its module_put()".into(),
                |by| format!("by {by}"),
            );
            format!("{name} is in use: its count of users is {count}, {by} ({said})")
        }
        _ if said.contains("EBUSY") => format!("{name} has no exit function, so the kernel never unloads it ({said})"),
        _ => format!("{name} does not unload: {said}"),
    }
}

/// Whether a line of the log begins a report that is told in other words.
pub fn begins_report(line: &str) -> bool {
    let starts = ["------------[ cut here", "sysrq: Show"];
    starts.iter().any(|start| line.starts_with(start)) || console::trouble(line).is_some()
}

/// The trouble that a log reports, with the lines of the source that its stack names.
pub fn trouble(log: &str, modules: &[Module]) -> Option<String> {
    let (mut text, first) = (oops::summary(log)?, console::trouble(log)?);
    let rest: Vec<&str> = log.lines().map(console::message).skip_while(|line| *line != first).collect();
    let place = modules.iter().find_map(|module| place::in_folder(&rest.join("\n"), &module.file, &module.folder));
    if let Some(place) = place {
        text += &format!("\n{place}");
    }
    let stack = decoded(&rest.join("\n"), modules);
    if stack.lines().count() > 1 {
        text += &format!("\nthe stack, the innermost first:\n{stack}");
    }
    Some(text)
}

/// The frames of a report that are in these modules, a line each with the place in the source.
fn decoded(report: &str, modules: &[Module]) -> String {
    let mut lines: Vec<String> = Vec::new();
    // What the kernel marks with `?` has merely been found on the stack, and may be of a call that has long returned.
    for frame in report.lines().map(str::trim).filter(|line| !line.starts_with("? ")) {
        let place = modules.iter().find_map(|module| place::in_folder(frame, &module.file, &module.folder));
        let line = place.map(|place| format!("  {}() at {}:{}", place.function, place.file, place.line));
        if let Some(line) = line.filter(|line| !lines.contains(line)) {
            lines.push(line);
        }
        if lines.len() == FRAMES {
            break;
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_not_to_unload_has_its_words() {
        let said = unloading("m", "delete_module m: EAGAIN: Try again", "m 12288 1 other, Live 0x0");
        assert!(said.contains("in use") && said.contains("by other"), "{said}");
        let said = unloading("m", "delete_module m: EBUSY: Device or resource busy", "m 12288 0 [permanent], Live 0x0");
        assert!(said.contains("no exit function"), "{said}");
    }
}
