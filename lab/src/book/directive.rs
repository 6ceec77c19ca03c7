//! The directives by which a page shows what the lab has printed. mdbook-cmdrun runs anything, takes whatever that prints for
//! the page's text, and cannot fail. So only one shape is allowed in the sources, a failure prints [`FAILURE`] into the page,
//! and [`TRACES`] are looked for in what was built.

use crate::{
    course::Course,
    lessons::{part, scene::Scene},
};
use anyhow::{Context, Result};
use regex::Regex;
use std::{fs, path::Path};

/// How an output begins to say that it could not be made.
pub const FAILURE: &str = "[lab failure]";

/// What a directive that was not carried out leaves in a built page, and what that means.
pub const TRACES: [(&str, &str); 3] = [
    (FAILURE, "a lesson's output could not be made"),
    ("<!-- cmdrun", "a raw cmdrun directive"),
    ("&lt;!-- cmdrun", "a raw cmdrun directive"),
];

/// The directive for the table of all lessons.
const TABLE: &str = "<!-- cmdrun ../lab/output --table -->";

/// What is wrong with a page's directives: only this shape is allowed, alone on its line.
pub fn faults(course: &Course, page: &Path) -> Result<Vec<String>> {
    let shape = Regex::new(r#"^<!-- cmdrun \.\./lab/output (\w+)(?: (--crash)| --part "([^"]+)"| --exercises)? -->$"#)?;
    let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut faults = Vec::new();
    let text = fs::read_to_string(page).with_context(|| format!("read {}", page.display()))?;
    for line in text.lines().filter(|line| line.contains("<!-- cmdrun") && *line != TABLE) {
        let Some(found) = shape.captures(line) else {
            faults.push(format!(
                "book/{name}: a directive must be `<!-- cmdrun ../lab/output SLUG --part \"TITLE\" -->`, alone on its line: \
                 {line}"
            ));
            continue;
        };
        if line.ends_with(" --exercises -->") {
            continue;
        }
        let scene = if found.get(2).is_some() { Scene::Crash } else { Scene::Story };
        let expected = fs::read_to_string(scene.golden(course, &found[1])).unwrap_or_default();
        if expected.is_empty() {
            faults.push(format!("book/{name}: {line}: there is no such output"));
        } else if let Err(error) = part::select(&expected, found.get(3).map(|part| part.as_str())) {
            faults.push(format!("book/{name}: {line}: {error}"));
        }
    }
    Ok(faults)
}
