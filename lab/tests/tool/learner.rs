//! A learner, who does exercises of the real course.

use super::{Outcome, lab, outcome};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// A learner with a folder of their own.
pub struct Learner(pub tempfile::TempDir);

/// An exercise of each side.
pub const KERNEL: &str = "chardev/lost-wakeup";
pub const USER: &str = "syscalls/short-count";

impl Learner {
    pub fn new() -> Self {
        Learner(tempfile::tempdir().expect("tempdir"))
    }

    /// `cargo lab ARGUMENTS` on the real course.
    pub fn lab(&self, arguments: &[&str]) -> Command {
        let mut command = lab(arguments);
        command.env("CROSSINGS_ROOT", course()).env("CROSSINGS_LEARN", self.0.path());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.lab(arguments))
    }

    /// Puts `text` into the learner's copy of an exercise, and has it checked.
    pub fn tries(&self, exercise: &str, text: &str) -> Outcome {
        let file = self.file(exercise);
        fs::create_dir_all(file.parent().expect("a folder")).expect("make the folder");
        fs::write(file, text).expect("write");
        let started = Instant::now();
        let outcome = self.run(&["verify", exercise]);
        println!("{exercise}: {:.1} s", started.elapsed().as_secs_f64());
        outcome
    }

    pub fn file(&self, exercise: &str) -> PathBuf {
        let name = if exercise == KERNEL { "exercise.c" } else { "exercise.rs" };
        self.0.path().join(exercise).join(name)
    }

    /// The next attempt gets a fresh kernel: the solution passes.
    pub fn goes_on(&self, exercise: &str) {
        self.saves(exercise, "solution.diff");
        self.run(&["verify", exercise]).expect(0, &["1 passed"]);
    }

    /// Saves the starter with a change, as many editors do: a new file under the old name.
    pub fn saves(&self, exercise: &str, change: &str) {
        let (file, folder) = (self.file(exercise), course().join("exercises").join(exercise));
        fs::create_dir_all(file.parent().expect("a folder")).expect("make the folder");
        let (new, starter) = (file.with_extension("saving"), folder.join(file.file_name().expect("a name")));
        let patched =
            Command::new("patch").args(["--quiet", "--output"]).args([&new, &starter, &folder.join(change)]).status();
        assert!(patched.expect("start patch").success());
        fs::rename(new, file).expect("rename");
    }
}

pub fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course")
}
