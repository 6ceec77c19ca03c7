//! Mutants: copies of an exercise's solution with one thing wrong, made by rule. A check that accepts one has a hole, or the
//! mutant does what the solution does; then the exercise says so, with the reason.

pub mod equivalent;
mod rules;
mod source;
#[cfg(test)]
mod tests;
pub mod trial;

use crate::{
    cache_key::CacheKey,
    exercises::exercise::{Exercise, Variant},
    report::diff,
};
use anyhow::Result;
use source::Source;
use std::collections::{BTreeSet, HashMap};

/// A solution with one thing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// In which function, and in what way it is wrong.
    pub rule: &'static str,
    /// What is changed: the function's name between two `@@`, and the lines. It stays the same when the function moves.
    pub change: String,
    /// The whole text.
    pub text: String,
}

impl Mutant {
    /// All mutants of an exercise's solution, in the order of the text. Functions that are in the starter as they are in the
    /// solution are left alone: nobody needs to touch them.
    pub fn all(exercise: &Exercise) -> Result<Vec<Mutant>> {
        let (starter, solution) = (exercise.text_of(&Variant::Starter)?, exercise.text_of(&Variant::Solution)?);
        Mutant::of(&Source::parse(&solution, exercise.side)?, &starter)
    }

    fn of(source: &Source, starter: &str) -> Result<Vec<Mutant>> {
        let (mut mutants, mut texts) = (Vec::new(), BTreeSet::from([source.text.to_string()]));
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (name, item) in source.items().into_iter().filter(|(_, item)| !starter.contains(source.of(*item))) {
            for (rule, edits) in source::tree(item).into_iter().flat_map(|node| rules::wrong(source, node)) {
                let text = source.edited(&edits);
                if !texts.insert(text.clone()) {
                    continue;
                }
                let lines = changed(source.text, &text);
                let count = seen.entry(format!("{name}{lines}")).or_default();
                *count += 1;
                let place = if *count > 1 { format!("{name} ({count})") } else { name.clone() };
                mutants.push(Mutant { rule, change: format!("@@ {place} @@\n{lines}"), text });
            }
        }
        Ok(mutants)
    }

    /// Says in which order mutants are taken if not all are: it depends on nothing but the mutant.
    fn lot(&self) -> String {
        CacheKey::default().bytes(&self.change).finish()
    }
}

/// The lines of a difference, without where they are.
fn changed(old: &str, new: &str) -> String {
    let hunks = diff::unified(old, new, 0);
    hunks.lines().filter(|line| !line.starts_with("@@")).map(|line| format!("{}\n", line.trim_end())).collect()
}
