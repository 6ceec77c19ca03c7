//! What authors use, on courses of their own: exercises as whole files and back, and chapters and exercises from nothing.

mod exercise;
mod new;
#[path = "../tool/mod.rs"]
mod tool;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tool::{Outcome, copy::tools, lab, outcome};

/// A course in a folder of its own.
struct Copy {
    /// Its top folder.
    root: PathBuf,
    /// Removes the folder in the end, unless it is to be found by the next run.
    _folder: Option<tempfile::TempDir>,
}

fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course")
}

impl Copy {
    /// The real course's exercises, and of the rest what `cargo lab dev exercise` looks at. Nothing of it can be built.
    fn of_exercises() -> Self {
        let folder = tempfile::tempdir().expect("tempdir");
        let copy = Copy { root: folder.path().to_path_buf(), _folder: Some(folder) };
        copy.takes(&["book.toml", "book/SUMMARY.md", "exercises"]);
        for slug in names(&course().join("exercises")) {
            fs::create_dir_all(copy.root.join("lessons").join(slug)).expect("mkdir");
        }
        copy
    }

    /// A course without a chapter, which can be built. It is always in the same folder and compiles what the real course
    /// compiles, too, in the same place, so that a second run is quick.
    fn without_chapters() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let copy = Copy { root: target.join("authors"), _folder: None };
        let _ = fs::remove_dir_all(&copy.root);
        copy.takes(&["Cargo.toml", "Cargo.lock", "book.toml", "book/theme", "page", "ci/words.txt", "kmods/include"]);
        copy.takes(&["lab/lesson", "lab/judge", "lab/notebook", "lessons/rustfmt.toml", "rustfmt.toml"]);
        fs::write(copy.root.join("book/SUMMARY.md"), "# Summary\n").expect("write");
        copy.edit("Cargo.toml", "\"lab\", \"lab/agent\", \"lab/cell\", ", "");
        fs::create_dir(copy.root.join("target")).expect("mkdir");
        for shared in ["debug", "guest", "x86_64-unknown-linux-gnu"] {
            let shared_with = target.with_file_name(shared);
            fs::create_dir_all(&shared_with).expect("mkdir");
            symlink(shared_with, copy.root.join("target").join(shared)).expect("link");
        }
        tools(&copy.root.join("lab"));
        copy
    }

    /// Copies these parts of the real course.
    fn takes(&self, parts: &[&str]) {
        for part in parts {
            let to = self.root.join(part);
            fs::create_dir_all(to.parent().expect("a folder")).expect("mkdir");
            run(Command::new("cp").arg("-r").args([&course().join(part), &to]));
        }
    }

    /// `cargo lab dev ARGUMENTS` here.
    fn dev(&self, arguments: &[&str]) -> Outcome {
        self.lab(&[&["dev"], arguments].concat())
    }

    /// `cargo lab ARGUMENTS` here.
    fn lab(&self, arguments: &[&str]) -> Outcome {
        outcome(lab(arguments).env("CROSSINGS_ROOT", &self.root).env_remove("CARGO_TARGET_DIR"))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not contain {from:?}");
        fs::write(self.root.join(path), text.replacen(from, to, 1)).expect("write");
    }

    /// The text of every file below a folder, by its path in the course.
    fn files(&self, folder: &str) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&self.root).expect("below").display().to_string();
                    files.insert(name, fs::read_to_string(path).expect("read"));
                }
            }
        }
        files
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("read a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("start a command");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&said));
}

/// Fails the test unless both have the same files with the same texts, and names those that differ.
#[track_caller]
fn same(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) {
    let paths = before.keys().chain(after.keys());
    let changed: BTreeSet<&String> = paths.filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "changed, made or removed: {changed:#?}");
}
