//! Outputs that are known to match their golden file: remembered under the key of everything that they depend on, with the
//! figures of the last run and the machine that they are from.

use crate::{
    cache,
    course::Course,
    vm::{emulator::processor, template::Template},
};
use ::lesson::cost::has_figure;
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process};

/// Where an output is remembered.
pub fn remembered(course: &Course, name: &str, key: &str) -> PathBuf {
    course.scratch().join("output").join(format!("{name}-{key}.txt"))
}

/// On what the guests of a template measure, for a page.
pub fn machine(template: &Template) -> Result<String> {
    let (kernel, accelerator) = (&template.kernel.name, template.choice.accelerator);
    Ok(format!("Linux {kernel} by {accelerator} on {}", processor::name()?))
}

/// An output in which each part that holds a measured figure ends with a line that says on which `machine`.
pub fn with_machine(output: &str, machine: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for line in output.split_inclusive('\n') {
        match parts.last_mut() {
            Some(part) if !line.starts_with("== ") => part.push_str(line),
            _ => parts.push(line.to_string()),
        }
    }
    for part in parts.iter_mut().filter(|part| has_figure(part)) {
        *part = format!("{}\nmeasured on {machine}\n", part.trim_end_matches('\n'));
    }
    parts.concat()
}

/// Remembers a verified output under the key of everything that it depends on. The last run's stays, with its figures.
pub fn remember(course: &Course, name: &str, key: &str, output: &str) -> Result<()> {
    let path = remembered(course, name, key);
    let mut file = cache::nameless_file(path.parent().context("the output's folder")?)?;
    std::io::Write::write_all(&mut file, output.as_bytes())?;
    // A page may be reading the one of the run before.
    let fresh = path.with_extension(process::id().to_string());
    cache::publish(&file, &fresh)?;
    fs::rename(&fresh, &path).with_context(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_come_with_the_machine_that_they_are_from() {
        let output = "== one\na\n== two\nb  ≈ 1.25 µs\n\n== three\nc  ≈ …\n== four\nd  ≈    2 ns\n";
        assert_eq!(
            with_machine(output, "paper"),
            "== one\na\n== two\nb  ≈ 1.25 µs\nmeasured on paper\n== three\nc  ≈ …\n\
             == four\nd  ≈    2 ns\nmeasured on paper\n"
        );
        let plain = "== one\na\n\n== two\nb\n";
        assert_eq!(with_machine(plain, "paper"), plain);
    }
}
