use crate::{Error, Result, Text};
use std::process::Command;

/// Runs a line in the lab's shell (busybox sh) and returns what it printed on both outputs. Err: that, and its exit
/// status, if it is not 0. evcxr's own `!line` runs on your machine instead.
pub fn sh(line: &str) -> Result<Text> {
    // The redirection keeps the order in which the line printed on its two outputs.
    let output = Command::new("/bin/sh").args(["-c", &format!("exec 2>&1\n{line}")]).output();
    let output = output.map_err(|error| Error(format!("start /bin/sh: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(Text(text)),
        false => Err(Error(format!("{text}`{line}`: {}", output.status))),
    }
}
