//! The modules of a notebook: a chapter's module, with the changes that a cell makes to it, or one that stands in a cell.

use crate::{
    build::{
        manifest::Manifest,
        module::{self, Warnings},
    },
    course::{Course, package},
    report::verdict::Fault,
    vm::kernel::Kernel,
};
use anyhow::{Context, Result, bail};
use lab_notebook::request::{Change, Source};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// A module that was built.
pub struct Built {
    /// The modules to load, in this order: the kernel's own first, and it as the last.
    pub modules: Vec<PathBuf>,
    /// The folder of its sources.
    pub sources: PathBuf,
}

/// Builds it.
pub fn build(course: &Course, kernel: &Kernel, source: &Source) -> Result<Built> {
    let Source { slug, text, changes } = source;
    if !slug.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') || slug.is_empty() {
        bail!(Fault(format!("{slug:?} is no name for a module: it takes letters, digits and underscores")));
    }
    let mut modules = match (course.lesson(slug).is_dir(), text) {
        (true, None) => kernel
            .modules(&Manifest::of(&course.lesson(slug))?.modules.iter().map(String::as_str).collect::<Vec<_>>())?,
        _ => Vec::new(),
    };
    let original = course.module(slug);
    let (folder, built) = match (original, text) {
        (Some(folder), None) if changes.is_empty() => {
            let build = course.module_build(&kernel.name, slug);
            let built = module::build(kernel, &folder, &course.headers(), &build, Warnings::Denied);
            (folder, built)
        }
        (None, None) => bail!(Fault(format!("there is no kmods/{slug}"))),
        (original, _) => {
            // Each notebook has a folder of its own, so that two may change the same module.
            let scratch = env::var_os("EVCXR_TMPDIR").map_or_else(|| course.scratch().join("notebook"), PathBuf::from);
            let folder = scratch.join("kmods").join(slug);
            write(original.as_deref(), source, &folder)?;
            let build = scratch.join("built").join(slug);
            let built = module::build(kernel, &folder, &course.headers(), &build, Warnings::Reported);
            let built = built.map_err(|error| {
                // The reader knows the course's folders.
                Fault(format!("{error:#}").replace(&format!("{}/", scratch.display()), "")).into()
            });
            (folder, built)
        }
    };
    let own = package(slug, '_');
    modules.extend(built?.modules.into_iter().filter(|path| path.file_stem().is_some_and(|name| *name == *own)));
    Ok(Built { modules, sources: folder })
}

/// Writes the sources into `folder`.
fn write(original: Option<&Path>, source: &Source, folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let mut files: Vec<(PathBuf, String)> = match (&source.text, original) {
        (Some(text), _) => {
            let (slug, name) = (&source.slug, package(&source.slug, '_'));
            vec![
                ("Kbuild".into(), format!("obj-m := {name}.o\n{name}-y := {slug}.o\n")),
                (format!("{slug}.c").into(), text.clone()),
            ]
        }
        (None, Some(original)) => read(original)?,
        (None, None) => Vec::new(),
    };
    for change in &source.changes {
        apply(change, &mut files)?;
    }
    for (name, text) in files {
        fs::write(folder.join(&name), text).with_context(|| format!("write {}", name.display()))?;
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files
        .map(|path| {
            let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            Ok((path.strip_prefix(folder)?.to_path_buf(), text))
        })
        .collect()
}

fn apply(change: &Change, files: &mut [(PathBuf, String)]) -> Result<()> {
    let count: usize = files.iter().map(|(_, text)| text.matches(&change.from).count()).sum();
    if count != 1 {
        bail!(Fault(format!("the sources hold this passage {count} times, and it must be once:\n{}", change.from)));
    }
    for (_, text) in files {
        *text = text.replace(&change.from, &change.to);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(from: &str) -> Result<String> {
        let mut files = [("a.c".into(), "one two two".to_string()), ("b.h".into(), "three".into())];
        apply(&Change { from: from.into(), to: "four".into() }, &mut files)?;
        Ok(files.map(|(_, text)| text).join("; "))
    }

    #[test]
    fn a_passage_is_replaced_wherever_it_stands() {
        assert_eq!(applied("three").expect("apply"), "one two two; four");
    }

    #[test]
    fn a_passage_that_is_not_there_or_there_twice_is_refused() {
        for (passage, count) in [("five", "0 times"), ("two", "2 times")] {
            let error = applied(passage).expect_err(passage).to_string();
            assert!(error.contains(count), "{error}");
        }
    }
}
