//! What make, the compiler and modpost have said, for somebody who wants to know why a module does not build: the first
//! cause first, and nothing that only says that something has failed.

use super::symbols;
use crate::vm::kernel::Kernel;
use anyhow::Result;
use regex::Regex;
use std::{path::Path, sync::LazyLock};

/// So many lines are shown.
const LINES: usize = 30;

/// What names a cause.
static CAUSE: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) :\ (fatal\ )?error:\  | ^ERROR:\  | No\ rule\ to\ make\ target | No\ such\ file\ or\ directory | not\ found$
        | undefined\ reference | \*\*\*\ (missing|multiple|commands|unterminated|recursive|Recursive|empty|invalid|target) | ^.*:\ \*\*\*\ [^\[]",
    )
});

/// A symbol that modpost finds nowhere.
static MISSING: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r#"^ERROR: modpost: "(\w+)" \[[^\]]*\] undefined!"#));

/// Why a build has failed. `log` is where all of it stands.
pub fn of(said: &str, kernel: &Kernel, log: &Path) -> Result<String> {
    let lines = telling(said);
    let cause = CAUSE.as_ref().ok().and_then(|pattern| lines.iter().position(|line| pattern.is_match(line)));
    let shown = &lines[cause.unwrap_or_else(|| lines.len().saturating_sub(LINES))..];
    let mut text = shown[..shown.len().min(LINES)].join("\n");
    for symbol in found(said, &MISSING) {
        text += &format!("\n{}", symbols::explain(&symbol, kernel)?);
    }
    // What a header declares only where an option is on looks like a mistake in the source.
    for name in found(said, &UNDECLARED) {
        if let Some(option) = symbols::lacking(&name, kernel)? {
            text += &format!("\n{option}");
        }
    }
    if shown.len() > LINES || cause.is_none_or(|cause| cause > 0) {
        text += &format!("\n… all that make has said: {}", log.display());
    }
    Ok(text)
}

/// A function, or a macro, that is declared nowhere.
static UNDECLARED: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| {
    Regex::new(r"error: (?:implicit declaration of function|type defaults to .int. in declaration of) .(\w+).")
});

/// The names that a pattern finds, each once.
fn found(said: &str, pattern: &LazyLock<Result<Regex, regex::Error>>) -> Vec<String> {
    let Ok(pattern) = pattern.as_ref() else { return Vec::new() };
    let mut names: Vec<String> =
        said.lines().filter_map(|line| pattern.captures(line)).map(|found| found[1].to_string()).collect();
    names.sort();
    names.dedup();
    names
}

/// The last of what was said.
pub fn end_of(said: &str) -> String {
    let lines = telling(said);
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// What the compiler and modpost have warned of, with the places; empty if of nothing.
pub fn warnings(said: &str) -> String {
    let is_warning = |line: &str| line.contains("warning:") || line.contains("WARNING:") || line.contains(": note:");
    let (mut kept, mut shows) = (Vec::new(), false);
    for line in telling(said) {
        // A message goes on for as long as it shows its place in the source: lines with a bar.
        shows = is_warning(line)
            || shows && line.trim_start_matches(|letter: char| " +0123456789".contains(letter)).starts_with('|');
        if shows {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Without the lines in which make and kbuild say what they do (`  CC [M]  FILE`), from where a file was included, that
/// something has failed somewhere below, and what is about the headers' package.
fn telling(said: &str) -> Vec<&str> {
    let is_step = |line: &str| {
        let step = line.strip_prefix("  ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        step.len() > 1 && step.chars().all(|letter| letter.is_ascii_uppercase())
    };
    let starts = [
        "warning: the compiler differs",
        "  The kernel was built by:",
        "  You are using:",
        "Skipping BTF",
        "In file included from",
        "                 from ",
        "make -C ",
    ];
    let is_noise = |line: &str| {
        let is_of_make = line.starts_with("make");
        starts.iter().any(|start| line.starts_with(start))
            || is_of_make
                && (line.contains(" directory '")
                    || line.contains("Nothing to be done")
                    || line.contains("warning: jobserver"))
            || is_of_make && line.contains("*** [")
            || is_step(line)
    };
    said.lines().filter(|line| !line.trim().is_empty() && !is_noise(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_make_does_is_no_reason() {
        let said = "make -C /h M=/x modules\nmake[1]: Entering directory '/h'\n  CC [M]  /x/a.o\n\
                    In file included from /x/a.c:1:\n\
                    /x/a.h:1:10: fatal error: b.h: No such file or directory\n    1 | #include \"b.h\"\n\
                    make[2]: *** [/h/Makefile.build:229: /x/a.o] Error 1\nmake[1]: Leaving directory '/h'\n";
        let expected = ["/x/a.h:1:10: fatal error: b.h: No such file or directory", "    1 | #include \"b.h\""];
        assert_eq!(telling(said), expected);
    }

    #[test]
    fn a_source_that_is_not_there_is_one() {
        let cause = "make[2]: *** No rule to make target '/x/missing.o', needed by '/x/'.  Stop.";
        assert_eq!(telling(&format!("{cause}\nmake: *** [Makefile:1: all] Error 2\n")), [cause]);
    }

    #[test]
    fn a_warning_comes_with_its_place_and_nothing_else_does() {
        let said = "hello from a script\na.c:11:13: warning: unused variable 'unused'\n   11 |         int unused;\n\
                    \x20     |             ^~~~~~\n  MODPOST /x/Module.symvers\n\
                    Skipping BTF generation for /x/a.ko due to unavailability of vmlinux\n";
        assert_eq!(warnings(said).lines().count(), 3);
        assert_eq!(warnings("done\n"), "");
    }
}
