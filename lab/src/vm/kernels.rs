//! Which kernels there are: those that `ci/setup.sh` brings, as `ci/kernels` lists them, and those that the reader has added.

use crate::{cache, vm::kernel::Kernel};
use clap::builder::PossibleValuesParser;
use std::{fs, sync::LazyLock};

/// A kernel that `ci/setup.sh` brings.
pub struct Known {
    /// What it is called everywhere.
    pub name: &'static str,
    /// Whether it is one of those that every reader has.
    pub in_book: bool,
    /// What it is.
    pub about: &'static str,
}

/// All of them, the default one first.
pub static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| read(include_str!("../../../ci/kernels")));

/// Those that every reader has: the book is checked on them.
pub static IN_BOOK: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| KNOWN.iter().filter(|known| known.in_book).map(|known| known.name).collect());

/// The kernel that is meant if none is named.
pub const DEFAULT: &str = "6.12";

/// What stands on a command line for all that there are.
pub const ALL: &str = "all";

/// For pages of a site. It runs in a browser only, and is none that the lab could start.
const IN_BROWSER: &str = "-686";

fn read(list: &'static str) -> Vec<Known> {
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let words = lines.filter_map(|line| {
        let (name, rest) = line.split_once(' ')?;
        let (purpose, about) = rest.trim_start().split_once(' ')?;
        Some(Known { name, in_book: purpose == "read", about: about.trim_start() })
    });
    words.collect()
}

/// Takes the name of one kernel on a command line.
pub fn one() -> PossibleValuesParser {
    PossibleValuesParser::new(names())
}

/// Takes the names of kernels, or `all` for those that there are.
pub fn some() -> PossibleValuesParser {
    PossibleValuesParser::new(names().into_iter().chain([ALL.to_string()]))
}

/// The kernels that a command line names, each once.
pub fn chosen(wanted: &[String]) -> Vec<String> {
    let is_all = wanted.iter().any(|name| name == ALL);
    let is_wanted = |name: &String| wanted.contains(name) || is_all && Kernel::find(name).is_ok();
    names().into_iter().filter(is_wanted).collect()
}

/// The kernels that are there.
pub fn there() -> Vec<Kernel> {
    names().iter().filter_map(|name| Kernel::find(name).ok()).collect()
}

/// The names of all that there are or may be: known ones, then the reader's own.
pub fn names() -> Vec<String> {
    let known = KNOWN.iter().map(|known| known.name.to_string());
    known.chain(own()).collect()
}

/// The names of those that the reader has added.
pub fn own() -> Vec<String> {
    let is_known = |name: &String| KNOWN.iter().any(|known| known.name == name) || name.ends_with(IN_BROWSER);
    let folder = cache::folder().map(|folder| folder.join("kernels"));
    let entries = folder.ok().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| !is_known(name) && !name.starts_with('.'));
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_the_default_kernel_first() {
        assert_eq!(KNOWN[0].name, DEFAULT);
        assert!(KNOWN[0].in_book && KNOWN.iter().all(|known| known.about.len() > 10));
        assert_eq!(IN_BOOK.as_slice(), ["6.12", "6.1"]);
    }
}
