//! What spares an author of the course handwork: an exercise as whole files and back ([`exercise`]), and skeletons of
//! chapters and exercises that run before anything is changed ([`new`]).

pub mod exercise;
pub mod new;
mod templates;
mod texts;

use anyhow::{Context, Result};
use std::{fs, path::Path};

/// The longest name of a chapter, an exercise or a wrong solution, in bytes. Programs, modules and devices are named after
/// them, and a module's name may have 55 bytes.
const LONGEST: usize = 30;

/// Whether an exercise or a wrong solution may have this name: words of lower-case letters and digits with `-` between them.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    name.len() <= LONGEST && name.split('-').all(is_word)
}

/// Whether a chapter may have this name. It becomes a part of identifiers in Rust and of a module's name: lower-case letters
/// and digits, a letter first.
fn is_slug(slug: &str) -> bool {
    is_name(slug) && !slug.contains('-') && slug.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Writes a file, and says so.
fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file's folder")?;
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    println!("written: {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_folders_programs_and_modules_can_have() {
        for name in ["leak", "off-by-one", "two2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-a", "a-", "a--b", "Leak", "a_b", "a/b", "..", "a b", &"a".repeat(LONGEST + 1)] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_slug("ioctl") && is_slug("io2"));
        assert!(!is_slug("2io") && !is_slug("io-uring") && !is_slug("Ioctl") && !is_slug(""));
    }
}
