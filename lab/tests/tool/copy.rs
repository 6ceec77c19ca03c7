//! Copies of the course that a test may spoil.

use super::{lab, outcome};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A copy of the course's sources in a folder of its own.
pub struct Copy(pub tempfile::TempDir);

impl Copy {
    /// All of it.
    pub fn new() -> Self {
        let copy = Copy(tempfile::tempdir().expect("tempdir"));
        let course = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course");
        let parts = [
            "book",
            "ci",
            "exercises",
            "lessons",
            "kmods",
            "notebooks",
            "page",
            "book.toml",
            "Cargo.toml",
            "Cargo.lock",
        ];
        let parts = parts.map(|part| course.join(part));
        run(Command::new("cp").arg("-r").args(parts).arg(copy.0.path()));
        copy
    }

    /// The course with one chapter, which builds and runs.
    pub fn of_ioctl() -> Self {
        let copy = Self::new();
        for folder in ["exercises", "lessons", "kmods"] {
            for entry in fs::read_dir(copy.path(folder)).expect("read").flatten() {
                let name = entry.file_name();
                if entry.path().is_dir() && name != "ioctl" && name != "include" {
                    fs::remove_dir_all(entry.path()).expect("remove");
                }
            }
        }
        let kept: [(&str, &[&str]); 4] = [
            ("book", &["ioctl.md", "crossings.md"]),
            ("book/notebooks", &["ioctl.md"]),
            ("book/sources", &["ioctl.md"]),
            ("notebooks", &["ioctl.ipynb"]),
        ];
        for (folder, kept) in kept {
            for entry in fs::read_dir(copy.path(folder)).expect("read").flatten() {
                if entry.path().is_file() && !kept.iter().any(|name| entry.file_name() == *name) {
                    fs::remove_file(entry.path()).expect("remove");
                }
            }
        }
        fs::write(
            copy.path("book/SUMMARY.md"),
            "[Crossings](crossings.md)\n\n- [ioctl](ioctl.md)\n- [cells](notebooks/ioctl.md)\n- [code](sources/ioctl.md)\n",
        )
        .expect("write");
        fs::create_dir(copy.path("lab")).expect("mkdir");
        let shared = ["lesson", "judge"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
        run(Command::new("cp").arg("-r").args(shared).arg(copy.path("lab")));
        copy.edit("Cargo.toml", "\"lab\", \"lab/agent\", \"lab/cell\", ", "");
        copy.edit("Cargo.toml", "\"lab/notebook\", ", "");
        tools(&copy.0.path().join("lab"));
        copy
    }

    /// A part of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Replaces the first `from` in a file.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).expect("read");
        assert!(text.contains(from), "{name} does not contain {from:?}");
        fs::write(self.path(name), text.replacen(from, to, 1)).expect("write");
    }

    /// Fails the test unless the check names the fault.
    #[track_caller]
    pub fn is_refused(&self, fault: &str) {
        outcome(lab(&["dev", "lint"]).env("CROSSINGS_ROOT", self.0.path())).expect(1, &[fault]);
    }
}

/// Puts into the folder `lab` of a course what mdBook starts, with the tool that is tested.
pub fn tools(folder: &Path) {
    let lab = env!("CARGO_BIN_EXE_lab");
    for (name, arguments) in [("tool", ""), ("output", "dev output ")] {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\nexec {lab} {arguments}\"$@\"\n")).expect("write");
        run(Command::new("chmod").arg("+x").arg(path));
    }
}

fn run(command: &mut Command) {
    assert!(command.status().expect("start a command").success());
}
