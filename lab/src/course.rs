//! The course's layout. The folders are the manifest: a lesson exists because its folder
//! does, and everything about it bears the same slug.

use crate::report::verdict::Mistake;
use anyhow::{Context, Result, bail, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A checkout of the course.
#[derive(Debug, Clone)]
pub struct Course {
    /// Its top folder.
    pub root: PathBuf,
}

impl Course {
    /// `$CROSSINGS_ROOT`, else the nearest folder from here upwards that has a `book.toml` and `lessons`.
    pub fn find() -> Result<Self> {
        if let Some(root) = env::var_os("CROSSINGS_ROOT") {
            return Ok(Course { root: PathBuf::from(root) });
        }
        let here = env::current_dir().context("find the current folder")?;
        let root = here.ancestors().find(|folder| folder.join("book.toml").exists() && folder.join("lessons").exists());
        let Some(root) = root else {
            bail!(Mistake(format!("{} is not inside the course: change to your checkout of it", here.display())));
        };
        Ok(Course { root: root.to_path_buf() })
    }

    /// All lessons, by slug.
    pub fn slugs(&self) -> Result<Vec<String>> {
        let slugs = folders(&self.root.join("lessons"))?;
        ensure!(!slugs.is_empty(), "{} has no lessons", self.root.display());
        Ok(slugs)
    }

    /// The lessons named on a command line: `slugs` after a check, or all of them.
    pub fn chosen(&self, slugs: &[String]) -> Result<Vec<String>> {
        let all = self.slugs()?;
        if slugs.is_empty() {
            return Ok(all);
        }
        for slug in slugs {
            if !all.contains(slug) {
                bail!(Mistake::unknown("lesson", slug, &all));
            }
        }
        Ok(slugs.to_vec())
    }

    /// The folder of a lesson's crate.
    pub fn lesson(&self, slug: &str) -> PathBuf {
        self.root.join("lessons").join(slug)
    }

    /// The folder of the notebooks.
    pub fn notebooks(&self) -> PathBuf {
        self.root.join("notebooks")
    }

    /// A lesson's notebook.
    pub fn notebook(&self, slug: &str) -> PathBuf {
        self.notebooks().join(slug).with_extension("ipynb")
    }

    /// The lessons in the order in which the book has them.
    pub fn reading_order(&self) -> Result<Vec<String>> {
        let summary = fs::read_to_string(self.book().join("SUMMARY.md")).context("read book/SUMMARY.md")?;
        let mut slugs = self.slugs()?;
        slugs.sort_by_key(|slug| summary.find(&format!("({slug}.md)")));
        Ok(slugs)
    }

    /// The folders of a lesson's exercises.
    pub fn exercises(&self, slug: &str) -> Result<Vec<PathBuf>> {
        let folder = self.root.join("exercises").join(slug);
        let names = if folder.is_dir() { folders(&folder)? } else { Vec::new() };
        Ok(names.iter().map(|name| folder.join(name)).collect())
    }

    /// The learner's folder: `$CROSSINGS_LEARN`, else `learn` in the checkout.
    pub fn learn(&self) -> PathBuf {
        env::var_os("CROSSINGS_LEARN").map_or_else(|| self.root.join("learn"), PathBuf::from)
    }

    /// The author's folder, which git ignores: whole copies of the exercises that they are editing. Not in `target`, because
    /// `cargo clean` must not take anybody's work.
    pub fn author(&self) -> PathBuf {
        self.root.join("author")
    }

    /// The folder of the crate that the checks of the exercises share.
    pub fn judge_crate(&self) -> PathBuf {
        self.root.join("lab/judge")
    }

    /// The headers that modules share.
    pub fn headers(&self) -> PathBuf {
        self.root.join("kmods/include")
    }

    /// The folder of a lesson's kernel module, if it has one.
    pub fn module(&self, slug: &str) -> Option<PathBuf> {
        let folder = self.root.join("kmods").join(slug);
        folder.is_dir().then_some(folder)
    }

    /// The C program that does a lesson's work, if there is one.
    pub fn c_program(&self, slug: &str) -> Option<PathBuf> {
        let path = self.lesson(slug).join("compare.c");
        path.is_file().then_some(path)
    }

    /// The folder of the crate that the lessons share, if there is one.
    pub fn shared(&self) -> Option<PathBuf> {
        let folder = self.root.join("lab/lesson");
        folder.is_dir().then_some(folder)
    }

    /// Where `kernel`'s build of module `slug` happens.
    pub fn module_build(&self, kernel: &str, slug: &str) -> PathBuf {
        self.scratch().join("kmods").join(kernel).join(slug)
    }

    /// The book's sources.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// Where mdBook puts the pages.
    pub fn pages(&self) -> PathBuf {
        self.root.join("target/book")
    }

    /// What the tool makes in passing; `cargo clean` may take it.
    pub fn scratch(&self) -> PathBuf {
        self.root.join("target/lab")
    }
}

/// The name of a lesson's crate and of its kernel module.
pub fn package(slug: &str, separator: char) -> String {
    format!("crossings{separator}{slug}")
}

/// The names of the folders in a folder, sorted.
fn folders(parent: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(parent).with_context(|| format!("read {}", parent.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}
