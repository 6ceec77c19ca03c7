//! What is wrong with an exercise's folder.

use crate::exercises::{
    exercise::{Exercise, Variant},
    mutants::{
        Mutant,
        equivalent::{self, Equivalent},
    },
    text::WRONG,
};
use anyhow::Result;
use std::fs;

impl Exercise {
    /// What is wrong with its folder, a line for each fault.
    pub fn faults(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        let patches = self.patches()?;
        for name in self.wrong.keys().filter(|name| !patches.contains(name)) {
            faults.push(format!("its text explains a wrong solution {name}, and there is no wrong/{name}.diff"));
        }
        for name in patches.iter().filter(|name| !self.wrong.contains_key(*name)) {
            faults.push(format!("wrong/{name}.diff is not explained: its text wants a section \"## {WRONG}{name}\""));
        }
        for entry in fs::read_dir(&self.folder)?.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let parts =
                [self.side.file(), "exercise.md", "check.rs", "steps", "solution.diff", "wrong", equivalent::FILE];
            if !parts.contains(&name.as_str()) {
                faults.push(format!("it holds {name}, which no exercise has"));
            }
        }
        if !self.folder.join("check.rs").is_file() {
            faults.push("it has no check.rs".into());
        }
        for variant in self.variants() {
            faults.extend(self.text_of(&variant).err().map(|error| format!("{error:#}")));
            if variant != Variant::Solution && self.refusal(&variant).is_none() {
                faults.push(format!("its text does not say, as a quotation, what the check says of its {variant}"));
            }
        }
        if let Ok(mutants) = Mutant::all(self) {
            faults.extend(Equivalent::of(self).faults(&mutants));
        }
        Ok(faults.into_iter().map(|fault| format!("exercises/{}: {fault}", self.id)).collect())
    }

    /// The names of the wrong solutions that are stored in its folder, sorted.
    pub fn patches(&self) -> Result<Vec<String>> {
        let Ok(entries) = fs::read_dir(self.folder.join("wrong")) else { return Ok(Vec::new()) };
        let names = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.map(|name| name.trim_end_matches(".diff").to_string()).collect();
        names.sort();
        Ok(names)
    }
}
