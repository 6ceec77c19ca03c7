//! The parts of a lesson's output: a line `== TITLE` begins each.

use anyhow::{Result, bail};

/// A part of an output: what stands between the line `== title` and the next such line.
pub fn select(output: &str, part: Option<&str>) -> Result<String> {
    let Some(title) = part else { return Ok(output.to_string()) };
    let mut lines = output.lines().skip_while(|line| line.strip_prefix("== ") != Some(title));
    if lines.next().is_none() {
        bail!("there is no part `== {title}`; there are: {}", titles(output).join(", "));
    }
    let text: String = lines.take_while(|line| !line.starts_with("== ")).map(|line| format!("{line}\n")).collect();
    Ok(format!("{}\n", text.trim_end_matches('\n')))
}

/// The titles of all parts.
pub fn titles(output: &str) -> Vec<&str> {
    output.lines().filter_map(|line| line.strip_prefix("== ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "== one\na\n\n== two\nb\n";

    #[test]
    fn a_part_ends_where_the_next_begins() {
        assert_eq!(select(OUTPUT, Some("one")).expect("one"), "a\n");
        assert_eq!(select(OUTPUT, Some("two")).expect("two"), "b\n");
        assert_eq!(select(OUTPUT, None).expect("all"), OUTPUT);
    }

    #[test]
    fn a_part_that_is_not_there_is_refused_and_the_others_named() {
        let error = select(OUTPUT, Some("three")).expect_err("no such part").to_string();
        assert!(error.contains("one, two"), "{error}");
    }
}
