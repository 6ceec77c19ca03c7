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

/// An output that is expected, with these parts as `printed` has them: they are for the kernel to decide.
pub fn with_open(expected: &str, printed: &str, open: &[String]) -> String {
    let is_open = |part: &&str| open.iter().any(|title| title_of(part) == Some(title));
    let printed: Vec<&str> = parts(printed);
    let given = |part: &str| printed.iter().find(|other| title_of(other) == title_of(part)).copied();
    parts(expected).into_iter().map(|part| if is_open(&part) { given(part).unwrap_or(part) } else { part }).collect()
}

/// The parts of an output, each with the line that begins it; what comes before the first is one too.
fn parts(output: &str) -> Vec<&str> {
    let heads = output.match_indices("\n== ").map(|(place, _)| place + 1);
    let places: Vec<usize> = [0].into_iter().chain(heads).chain([output.len()]).collect();
    places.windows(2).map(|pair| &output[pair[0]..pair[1]]).collect()
}

fn title_of(part: &str) -> Option<&str> {
    part.lines().next()?.strip_prefix("== ")
}

/// The titles of all parts.
pub fn titles(output: &str) -> Vec<&str> {
    output.lines().filter_map(|line| line.strip_prefix("== ")).collect()
}

/// Cuts a part out of an output while that is printed, line by line, as [`select`] does afterwards.
pub struct Cut {
    /// The line that begins the part; none: the part is the whole output.
    head: Option<String>,
    within: bool,
    /// What came after the last line's end.
    rest: Vec<u8>,
    /// Empty lines that belong to the part only if another line follows.
    held: usize,
}

impl Cut {
    /// Of the part with this title, or of all.
    pub fn new(title: Option<&str>) -> Self {
        Cut { head: title.map(|title| format!("== {title}")), within: title.is_none(), rest: Vec::new(), held: 0 }
    }

    /// What the part gains by these bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> String {
        self.rest.extend(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return String::new() };
        let lines: Vec<u8> = self.rest.drain(..=end).collect();
        String::from_utf8_lossy(&lines).split_inclusive('\n').map(|line| self.line(line)).collect()
    }

    /// What it gains by the end of the output.
    pub fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.rest);
        match rest.is_empty() {
            true => String::new(),
            false => self.line(&String::from_utf8_lossy(&rest)),
        }
    }

    fn line(&mut self, line: &str) -> String {
        let Some(head) = &self.head else { return line.to_string() };
        let text = line.trim_end_matches('\n');
        if text.starts_with("== ") {
            self.within = text == head;
            return String::new();
        }
        match (self.within, text.is_empty()) {
            (false, _) => String::new(),
            (true, true) => {
                self.held += 1;
                String::new()
            }
            (true, false) => format!("{}{text}\n", "\n".repeat(std::mem::take(&mut self.held))),
        }
    }
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
    fn an_open_part_is_as_it_was_printed() {
        let printed = "== one\nA\nA\n\n== two\nB\n";
        let open = |title: &str| with_open(OUTPUT, printed, &[title.to_string()]);
        assert_eq!(open("one"), "== one\nA\nA\n\n== two\nb\n");
        assert_eq!(open("two"), "== one\na\n\n== two\nB\n");
        assert_eq!(open("three"), OUTPUT);
        assert_eq!(with_open(OUTPUT, "", &["one".to_string()]), OUTPUT, "a part that was not printed differs");
    }

    #[test]
    fn a_part_is_cut_out_of_what_comes_in_any_pieces() {
        let output = "before\n\n== one\nä\n\n\nb\n\n== two\nc\nd";
        for title in [None, Some("one"), Some("two")] {
            for size in 1..8 {
                let mut cut = Cut::new(title);
                let mut text: String = output.as_bytes().chunks(size).map(|bytes| cut.feed(bytes)).collect();
                text += &cut.finish();
                assert_eq!(text, select(output, title).expect("a part"), "{title:?} by {size}");
            }
        }
    }

    #[test]
    fn a_part_that_is_not_there_is_refused_and_the_others_named() {
        let error = select(OUTPUT, Some("three")).expect_err("no such part").to_string();
        assert!(error.contains("one, two"), "{error}");
    }
}
