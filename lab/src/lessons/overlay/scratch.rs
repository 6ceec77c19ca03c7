//! Where readers' versions of a lesson are built: a workspace with this lesson alone, in `target/lab/edits`. It has one place for
//! each lesson, so what the last build has made is there for the next, and whoever builds holds its lock.
//!
//! Cargo puts what it builds beside what it has built of the course, so that what both use is built once. It tells packages apart
//! by their names and by their places within a workspace, so this one has another name, and its programs have.

use crate::{cache_key, course::Course};
use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use toml::{Table, Value};
use walkdir::WalkDir;

/// What begins the names of the package and of its programs here.
const MARK: &str = "changed-";

/// The name that a package or a program of the course has here.
pub fn renamed(name: &str) -> String {
    format!("{MARK}{name}")
}

/// How a name of the course begins here, also as the name of a crate.
fn in_names(name: &str) -> String {
    if name.ends_with('_') { renamed(name).replace('-', "_") } else { renamed(name) }
}

/// The place, with a version of the lesson in it.
pub struct Scratch {
    root: PathBuf,
    slug: String,
    /// Guards all that is in the place, until this is dropped.
    _lock: File,
}

impl Scratch {
    /// Waits until nobody else builds there, and puts the course's files there with `changed` ones over them. What is there and
    /// should be stays as it is, times and all.
    pub fn lay(course: &Course, slug: &str, changed: &BTreeMap<PathBuf, Vec<u8>>) -> Result<Self> {
        let root = course.scratch().join("edits").join(slug);
        fs::create_dir_all(&root).with_context(|| format!("make {}", root.display()))?;
        let root = root.canonicalize().with_context(|| format!("find {}", root.display()))?;
        let lock = File::open(&root).with_context(|| format!("open {}", root.display()))?;
        lock.lock().with_context(|| format!("lock {}", root.display()))?;
        let scratch = Scratch { root, slug: slug.to_string(), _lock: lock };
        let mut files = changed.clone();
        for folder in [Some(course.lesson(slug)), course.module(slug)].into_iter().flatten() {
            for (name, text) in sources(&course.root, &folder)? {
                files.entry(name).or_insert(text);
            }
        }
        let manifest = Path::new("lessons").join(slug).join("Cargo.toml");
        let text = files.remove(&manifest).context("the lesson has no Cargo.toml")?;
        let has_library = files.contains_key(&manifest.with_file_name("src").join("lib.rs"));
        files.insert(manifest, package(&String::from_utf8_lossy(&text), has_library)?.into_bytes());
        scratch.fill(&files)?;
        scratch.join(course)?;
        Ok(scratch)
    }

    /// The place.
    pub fn folder(&self) -> PathBuf {
        self.root.clone()
    }

    /// The lesson's crate.
    pub fn lesson(&self) -> PathBuf {
        self.root.join("lessons").join(&self.slug)
    }

    /// The folder of its module.
    pub fn module(&self) -> PathBuf {
        self.root.join("kmods").join(&self.slug)
    }

    /// What a compiler has said here, said of the course.
    pub fn without_paths(&self, said: &str) -> String {
        let said = said.replace(&format!("{}/", self.root.display()), "");
        ["crossings-", "crossings_"].iter().fold(said, |said, name| said.replace(&in_names(name), name))
    }

    /// Makes the folders of the lesson and of its module hold these files, and no others.
    fn fill(&self, files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
        let there: BTreeSet<PathBuf> = [self.lesson(), self.module()]
            .iter()
            .filter(|folder| folder.is_dir())
            .map(|folder| sources(&self.root, folder))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flat_map(BTreeMap::into_keys)
            .collect();
        for name in there.iter().filter(|name| !files.contains_key(*name)) {
            fs::remove_file(self.root.join(name)).with_context(|| format!("remove {}", name.display()))?;
        }
        files.iter().try_for_each(|(name, text)| write(&self.root.join(name), text))
    }

    /// Makes a workspace of it, with what the lessons share.
    fn join(&self, course: &Course) -> Result<()> {
        let manifest = fs::read_to_string(course.root.join("Cargo.toml")).context("read the course's Cargo.toml")?;
        write(&self.root.join("Cargo.toml"), workspace(&manifest, &self.slug)?.as_bytes())?;
        // Cargo takes out of it what is not used here: it is written anew only when the course's has changed.
        if let Ok(lock) = fs::read(course.root.join("Cargo.lock")) {
            let copied = self.root.join("Cargo.lock.course");
            if fs::read(&copied).ok().as_ref() != Some(&lock) {
                write(&self.root.join("Cargo.lock"), &lock)?;
                write(&copied, &lock)?;
            }
        }
        let shared = [(course.shared(), "lab/lesson"), (Some(course.headers()), "kmods/include")];
        for (folder, name) in shared {
            if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
                link(&folder.canonicalize()?, &self.root.join(name))?;
            }
        }
        Ok(())
    }
}

/// All sources in a folder, by their paths below `root`.
fn sources(root: &Path, folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(cache_key::is_source) {
        let entry = entry.with_context(|| format!("read {}", folder.display()))?;
        if entry.file_type().is_file() {
            let text = fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
            found.insert(entry.path().strip_prefix(root)?.to_path_buf(), text);
        }
    }
    Ok(found)
}

/// Writes a file unless it is as it should be already: cargo and make go by the time.
fn write(path: &Path, text: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().context("a file's folder")?)?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn link(target: &Path, link: &Path) -> Result<()> {
    if fs::read_link(link).is_ok_and(|old| old == target) {
        return Ok(());
    }
    fs::create_dir_all(link.parent().context("a link's folder")?)?;
    if link.is_symlink() {
        fs::remove_file(link)?;
    }
    symlink(target, link).with_context(|| format!("link {} to {}", link.display(), target.display()))
}

/// The course's workspace with one member. Profiles for the tool are not for it.
fn workspace(manifest: &str, slug: &str) -> Result<String> {
    let mut manifest: Table = manifest.parse().context("parse the course's Cargo.toml")?;
    let table = manifest.get_mut("workspace").and_then(Value::as_table_mut).context("the course is no workspace")?;
    table.insert("members".into(), Value::from(vec![format!("lessons/{slug}")]));
    table.remove("exclude");
    if let Some(profiles) = manifest.get_mut("profile").and_then(Value::as_table_mut) {
        profiles.remove("dev");
    }
    Ok(toml::to_string(&manifest)?)
}

/// The manifest of a lesson's package with the names that it has here. Its library keeps its own, which its programs use.
fn package(manifest: &str, has_library: bool) -> Result<String> {
    let mut manifest: Table = manifest.parse().context("parse the lesson's Cargo.toml")?;
    let package = manifest.get_mut("package").and_then(Value::as_table_mut).context("it has no table [package]")?;
    let name = package.get("name").and_then(Value::as_str).context("the package has no name")?.to_string();
    package.insert("name".into(), renamed(&name).into());
    if has_library {
        let library = manifest.entry("lib").or_insert_with(|| Table::new().into());
        let library = library.as_table_mut().context("[lib] is no table")?;
        library.entry("name").or_insert_with(|| name.replace('-', "_").into());
    }
    for program in manifest.get_mut("bin").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(name) = program.get_mut("name") {
            *name = renamed(name.as_str().context("a program's name")?).into();
        }
    }
    Ok(toml::to_string(&manifest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_and_its_programs_are_renamed_and_its_library_is_not() {
        let text =
            "[package]\nname = \"crossings-x\"\n[[bin]]\nname = \"crossings-x-crash\"\npath = \"src/bin/crash.rs\"\n";
        let manifest: Table = package(text, true).expect("a manifest").parse().expect("TOML");
        assert_eq!(manifest["package"]["name"].as_str(), Some("changed-crossings-x"));
        assert_eq!(manifest["lib"]["name"].as_str(), Some("crossings_x"));
        assert_eq!(manifest["bin"][0]["name"].as_str(), Some("changed-crossings-x-crash"));
        assert!(!package(text, false).expect("a manifest").contains("[lib]"));
    }

    #[test]
    fn the_workspace_has_this_lesson_alone() {
        let text = "[workspace]\nmembers = [\"lessons/*\"]\nexclude = [\"y\"]\n[profile.dev]\ndebug = 1\n[profile.guest]\nstrip = true\n";
        let manifest: Table = workspace(text, "x").expect("a manifest").parse().expect("TOML");
        assert_eq!(manifest["workspace"]["members"].as_array().map(Vec::len), Some(1));
        assert!(manifest["workspace"].get("exclude").is_none());
        assert_eq!(manifest["profile"].as_table().expect("profiles").keys().collect::<Vec<_>>(), ["guest"]);
    }
}
