//! What an oops, or a stack, says about a module's source: the line it names.

use crate::vm::console;
use regex::Regex;
use std::{fs, path::Path, process::Command};

/// A kernel log's first report of trouble, in a few lines; the whole of it is in `cargo lab log`.
pub fn summary(log: &str) -> Option<String> {
    let first = console::trouble(log)?;
    let rest = log.lines().map(console::message).skip_while(|line| *line != first).skip(1);
    let telling = rest.take_while(|line| !line.starts_with("---[ end")).filter(|line| line.starts_with("RIP: "));
    let lines: Vec<&str> = [first].into_iter().chain(telling.take(1)).collect();
    Some(format!("the kernel reported trouble\n  {}", lines.join("\n  ")))
}

/// The innermost line of `source` that a report names, e.g. `exercise.c:57 in tube_read` and the line itself. `module` is
/// what was built of it.
pub fn place(report: &str, module: &Path, source: &Path) -> Option<String> {
    let name = module.file_stem()?.to_str()?;
    let frame = Regex::new(&format!(r"(\w+)(?:\.\w+)*\+0x([0-9a-f]+)/0x[0-9a-f]+ \[{name}")).ok()?;
    let line = report.lines().find(|line| frame.is_match(line))?;
    let found = frame.captures(line)?;
    let (function, offset) = (&found[1], u64::from_str_radix(&found[2], 16).ok()?);
    // A stack holds return addresses: the call is the instruction before. RIP is the instruction itself.
    let offset = if line.contains("RIP:") { offset } else { offset.saturating_sub(1) };
    let (section, start) = symbol(module, function)?;
    // With those that it was inlined into: the innermost may be a header's.
    let output = Command::new("addr2line")
        .args(["--inlines".as_ref(), "--exe".as_ref(), module.as_os_str()])
        .arg(format!("--section={section}"))
        .arg(format!("{:#x}", start + offset))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let said =
        said.lines().find(|line| line.contains(source.file_name().and_then(|name| name.to_str()).unwrap_or("?")))?;
    let number: usize = said.trim().rsplit_once(':')?.1.split_whitespace().next()?.parse().ok()?;
    let text = fs::read_to_string(source).ok()?;
    let code = text.lines().nth(number.checked_sub(1)?)?;
    Some(format!("{}:{number}, in {function}:\n  {}", source.file_name()?.to_str()?, code.trim()))
}

/// The section and the address in it where a function of a module begins, as nm(1) lists them.
fn symbol(module: &Path, function: &str) -> Option<(String, u64)> {
    let output = Command::new("nm").args(["--format=sysv", "--defined-only"]).arg(module).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        match fields[..] {
            [name, value, _, "FUNC", _, _, section] if name == function => {
                Some((section.to_string(), u64::from_str_radix(value, 16).ok()?))
            }
            _ => None,
        }
    })
}
