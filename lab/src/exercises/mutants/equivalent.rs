//! `equivalent.md`: the mutants of an exercise that no check can refuse, each with the reason. Paragraphs give the reason for
//! the changes in the fenced blocks that follow.

use crate::exercises::{exercise::Exercise, mutants::Mutant};
use std::{collections::BTreeSet, fs};

/// The name of the file.
pub const FILE: &str = "equivalent.md";

/// The changes that make no difference, as [`Mutant::change`] says them.
#[derive(Default)]
pub struct Equivalent {
    changes: BTreeSet<String>,
    /// Those without a reason.
    unreasoned: Vec<String>,
}

impl Equivalent {
    /// Reads the exercise's list. It need not have one.
    pub fn of(exercise: &Exercise) -> Self {
        Equivalent::parse(&fs::read_to_string(exercise.folder.join(FILE)).unwrap_or_default())
    }

    /// Reads the text of a list.
    pub fn parse(text: &str) -> Self {
        let (mut list, mut reason) = (Equivalent::default(), false);
        for (number, part) in text.split("```").enumerate() {
            if number % 2 == 0 {
                reason = reason && part.trim().is_empty()
                    || part.lines().any(|line| !line.starts_with('#') && !line.trim().is_empty());
                continue;
            }
            for change in changes(part) {
                if !reason {
                    list.unreasoned.push(change.clone());
                }
                list.changes.insert(change);
            }
        }
        list
    }

    /// Whether the list has this mutant.
    pub fn has(&self, mutant: &Mutant) -> bool {
        self.changes.contains(&mutant.change)
    }

    /// What is wrong with the list, given all mutants of the exercise.
    pub fn faults(&self, mutants: &[Mutant]) -> Vec<String> {
        let made: BTreeSet<&String> = mutants.iter().map(|mutant| &mutant.change).collect();
        let unknown = self.changes.iter().filter(|change| !made.contains(change));
        let unknown = unknown.map(|change| format!("{FILE} names a mutant that no rule makes any more:\n{change}"));
        unknown.chain(self.unreasoned.iter().map(|change| format!("{FILE} gives no reason for\n{change}"))).collect()
    }
}

/// The changes in a fenced block: each begins with a line `@@ … @@`.
fn changes(block: &str) -> Vec<String> {
    let mut changes: Vec<String> = Vec::new();
    // What follows the fence on its line is the language.
    for line in block.lines().skip(1) {
        match changes.last_mut() {
            _ if line.starts_with("@@") => changes.push(format!("{}\n", line.trim_end())),
            Some(change) if !line.trim().is_empty() => *change += &format!("{}\n", line.trim_end()),
            _ => {}
        }
    }
    changes
}
