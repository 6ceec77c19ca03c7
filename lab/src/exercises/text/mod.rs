//! `exercise.md`: a title, two fields, the task, and a section for each hint, for the solution and for each wrong one. It is
//! shown on a terminal ([`markdown`]) and in the book ([`page`]).

pub mod markdown;
pub mod page;

use crate::exercises::exercise::{Exercise, Side};
use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeMap, path::Path};

/// The sections of `exercise.md` that are for after a try.
const HINT: &str = "Hint";
const SOLUTION: &str = "Solution";
/// How the heading of a wrong solution begins; its name follows.
pub const WRONG: &str = "Wrong: ";

/// `exercise.md`, taken apart at its headings.
pub struct Text {
    title: String,
    task: String,
    sections: Vec<(String, String)>,
}

impl Text {
    /// Takes a text apart.
    pub fn parse(text: &str) -> Result<Self> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let title = first.strip_prefix("# ").context("its first line must be the title, `# …`")?;
        let mut parts = rest.split("\n## ");
        let task = parts.next().unwrap_or_default().trim().to_string();
        let section = |part: &str| {
            let (heading, body) = part.split_once('\n').unwrap_or((part, ""));
            (heading.trim().to_string(), body.trim().to_string())
        };
        Ok(Text { title: title.trim().to_string(), task, sections: parts.map(section).collect() })
    }

    /// The exercise that it describes. Fails if a part is missing.
    pub fn into_exercise(self, id: &str, folder: &Path, side: Side) -> Result<Exercise> {
        let Text { title, task, sections } = self;
        let (practises, task) = field(&task, "Practises: ")?;
        let (time, task) = field(&task, "Time: ")?;
        let (modules, task) = match field(&task, "Modules: ") {
            Ok((names, task)) => (names.split(", ").map(str::to_string).collect(), task),
            Err(_) => (Vec::new(), task),
        };
        let minutes = time.strip_suffix(" minutes").and_then(|number| number.parse().ok());
        let mut exercise = Exercise {
            id: id.to_string(),
            folder: folder.to_path_buf(),
            side,
            title,
            practises,
            minutes: minutes.with_context(|| format!("`Time: {time}` should be like `Time: 15 minutes`"))?,
            modules,
            task,
            hints: Vec::new(),
            explanation: String::new(),
            wrong: BTreeMap::new(),
        };
        for (heading, body) in sections {
            ensure!(!body.is_empty(), "the section {heading:?} is empty");
            match heading.as_str() {
                HINT => exercise.hints.push(body),
                SOLUTION => exercise.explanation = body,
                _ => match heading.strip_prefix(WRONG) {
                    Some(name) => drop(exercise.wrong.insert(name.to_string(), body)),
                    None => bail!("unknown section {heading:?}: there are Hint, Solution and \"{WRONG}NAME\""),
                },
            }
        }
        ensure!(!exercise.task.is_empty(), "there is no task");
        ensure!(!exercise.hints.is_empty(), "there is no hint");
        ensure!(!exercise.explanation.is_empty(), "there is no section Solution");
        ensure!(!exercise.wrong.is_empty(), "there is no wrong solution");
        Ok(exercise)
    }
}

/// Takes the line that begins with `name` off the start of a text.
fn field(text: &str, name: &str) -> Result<(String, String)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let value = line.strip_prefix(name).with_context(|| format!("a line `{name}…` must come here, not {line:?}"))?;
    Ok((value.trim().to_string(), rest.trim().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "# A title\n\nPractises: looking.\nTime: 5 minutes\n\nDo it.\n\n> it is not done\n\n\
                         ## Hint\n\nLook.\n\n## Solution\n\nIt is seen.\n\n## Wrong: blind\n\nNo.\n\n> not seen\n";

    fn read(text: &str) -> Result<Exercise> {
        Text::parse(text)?.into_exercise("a/b", Path::new("exercises/a/b"), Side::User)
    }

    #[test]
    fn a_whole_text_is_taken_apart() {
        let exercise = read(WHOLE).expect("read");
        assert_eq!((exercise.title.as_str(), exercise.minutes), ("A title", 5));
        assert_eq!(exercise.task, "Do it.\n\n> it is not done");
        assert_eq!((exercise.hints, exercise.explanation), (vec!["Look.".to_string()], "It is seen.".to_string()));
        assert_eq!(exercise.wrong["blind"], "No.\n\n> not seen");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (part, complaint) in [
            ("# A title", "title"),
            ("Practises: looking.\n", "Practises: "),
            ("Time: 5 minutes", "Time: "),
            ("Do it.\n\n> it is not done", "no task"),
            ("## Hint\n\nLook.\n\n", "no hint"),
            ("## Solution\n\nIt is seen.\n\n", "no section Solution"),
            ("## Wrong: blind\n\nNo.\n\n> not seen\n", "no wrong solution"),
            ("It is seen.", "\"Solution\" is empty"),
        ] {
            let error = read(&WHOLE.replace(part, "")).expect_err(part).to_string();
            assert!(error.contains(complaint), "without {part:?}: {error}");
        }
    }
}
