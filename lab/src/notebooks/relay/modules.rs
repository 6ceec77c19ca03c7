//! The modules that the cells of a notebook have built: in whose lines a guest's trouble is told, and which of them went with
//! the guest before this one, so that a cell that misses them is told so. The guests of a notebook come one after the other,
//! each with a relay of its own, so their names are kept in the notebook's folder.

use crate::build::place;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

/// What was built for this guest, and what was for those before it.
#[derive(Default)]
pub struct Modules {
    /// Where the names are kept; nowhere if the notebook has no folder.
    file: Option<PathBuf>,
    here: BTreeMap<String, Own>,
    gone: BTreeSet<String>,
}

/// A module, and where its sources are.
#[derive(Default)]
pub struct Own {
    /// What was built.
    pub module: PathBuf,
    /// The folder of what it was built of.
    pub sources: PathBuf,
}

impl Modules {
    /// After the guests before; `folder` is the notebook's.
    pub fn after(folder: Option<PathBuf>) -> Self {
        let file = folder.map(|folder| folder.join("modules"));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        Modules { file, here: BTreeMap::new(), gone: text.lines().map(str::to_string).collect() }
    }

    /// One is in this guest now.
    pub fn built(&mut self, name: &str, own: Own) {
        self.gone.remove(name);
        self.here.insert(name.to_string(), own);
        if let Some(file) = &self.file {
            // Without it, one hint less.
            let _ =
                fs::write(file, self.here.keys().chain(&self.gone).map(|name| format!("{name}\n")).collect::<String>());
        }
    }

    /// The line of one of them that a report of the kernel's, or a stack, names first.
    pub fn place(&self, report: &str) -> Option<String> {
        let mut here = self.here.values();
        let found = here.find_map(|Own { module, sources }| place::in_folder(report, module, sources));
        found.map(|place| place.to_string())
    }

    /// Why a cell has failed, and what it may have missed.
    pub fn add(&self, why: &str) -> String {
        let gone: Vec<&str> = self.gone.iter().map(String::as_str).collect();
        match gone[..] {
            [] => why.to_string(),
            _ => format!("{why} This kernel is a fresh one, and {} not loaded in it yet.", list(&gone)),
        }
    }
}

/// `a is`, or `a, b are`.
fn list(names: &[&str]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_missed_from_the_next_guest_on_until_it_is_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let next = || Modules::after(Some(folder.path().into()));
        let mut first = next();
        first.built("crossings_ioctl", Own::default());
        assert_eq!(first.add("It failed."), "It failed.");
        let mut second = next();
        assert!(second.add("It failed.").ends_with("and crossings_ioctl is not loaded in it yet."));
        second.built("crossings_mmap", Own::default());
        assert!(next().add("").contains("crossings_ioctl, crossings_mmap are"));
        second.built("crossings_ioctl", Own::default());
        assert_eq!(second.add("It failed."), "It failed.");
    }
}
