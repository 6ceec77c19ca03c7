//! What editors show of the course: clangd and rust-analyzer read it as the lab has prepared it, find nothing wrong in what is
//! right, and find what is wrong.

mod server;
#[path = "../tool/mod.rs"]
mod tool;

use serde_json::{Value, json};
use server::{INSTALLS, Server};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tool::{lab, outcome};

fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course")
}

/// A learner with a folder of their own, which no editor takes for a hidden one.
struct Learner(tempfile::TempDir);

impl Learner {
    /// One who has prepared their editor.
    fn new() -> Self {
        let learner = Learner(folder());
        learner.prepares();
        learner
    }

    /// `cargo lab editor`.
    fn prepares(&self) {
        let mut command = lab(&["editor"]);
        command.env("CROSSINGS_ROOT", course()).env("CROSSINGS_LEARN", self.0.path());
        outcome(&mut command).expect(0, &["clangd and rust-analyzer know the course"]);
    }

    /// Solves an exercise; returns their file.
    fn solves(&self, exercise: &str, file: &str) -> PathBuf {
        let (folder, solved) = (course().join("exercises").join(exercise), self.0.path().join(exercise).join(file));
        fs::create_dir_all(solved.parent().expect("a folder")).expect("mkdir");
        let mut patch = Command::new("patch");
        patch.args(["--quiet", "--output"]).args([&solved, &folder.join(file), &folder.join("solution.diff")]);
        assert!(patch.status().expect("start patch").success());
        solved
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("editors").tempdir().expect("tempdir")
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("read {}: {error}", file.display()))
}

/// The errors that clangd finds in a file, and where it found out how to read that.
fn clangd(file: &Path) -> (Vec<String>, Option<PathBuf>) {
    let mut check = Command::new("clangd");
    // What it offers for each word is not looked at.
    check.arg(format!("--check={}", file.display())).arg("--check-lines=1-1");
    let said = check.output().unwrap_or_else(|error| panic!("clangd: {error}; {INSTALLS}")).stderr;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("All checks completed"), "{said}");
    let errors = said.lines().filter(|line| line.starts_with("E[") && line.contains("] Line "));
    let database = said.lines().find_map(|line| line.split_once("Loaded compilation database from "));
    (errors.map(str::to_string).collect(), database.map(|(_, path)| PathBuf::from(path)))
}

/// Expects that clangd finds nothing wrong in a file, and reads it as the database in `home` says.
#[track_caller]
fn expect_clean(file: &Path, home: Option<&Path>) {
    let (errors, database) = clangd(file);
    assert_eq!(errors, [""; 0], "{}", file.display());
    assert_eq!(database, home.map(|home| home.join("compile_commands.json")), "{}", file.display());
}

/// Puts a line with a mistake at the end of a file, and expects that clangd finds it there and nothing else.
#[track_caller]
fn expect_found(file: &Path) {
    let mistake = "static int planted(void) { return no_such_function(1); }\n";
    let text = read(file) + mistake;
    fs::write(file, &text).expect("write");
    let (errors, _) = clangd(file);
    let place = format!("Line {}: ", text.lines().count());
    assert!(!errors.is_empty() && errors.iter().all(|error| error.contains(&place)), "{errors:?}");
    assert!(errors[0].contains("no_such_function"), "{errors:?}");
}

#[test]
fn clangd_reads_modules_programs_and_exercises() {
    let learner = Learner::new();
    // Request numbers in assertions; the headers of both sides; several files of one module.
    for module in ["kmods/signals/signals.c", "kmods/mmap/ring.c"] {
        expect_clean(&course().join(module), Some(course()));
    }
    // What is in no database is read as its neighbours are: starters, which authors change.
    expect_clean(&course().join("exercises/ioctl/leak/exercise.c"), Some(course()));
    // C programs are no modules.
    let lessons = fs::read_dir(course().join("lessons")).expect("read").flatten().filter(|entry| entry.path().is_dir());
    for lesson in lessons {
        let (slug, program) = (lesson.file_name(), lesson.path().join("compare.c"));
        let of_module = format!("#include \"{}.h\"", slug.to_string_lossy());
        if fs::read_to_string(&program).is_ok_and(|text| text.contains(&of_module)) {
            expect_clean(&program, None);
        }
    }
    let exercise = learner.solves("ioctl/leak", "exercise.c");
    expect_clean(&exercise, Some(learner.0.path()));
    expect_found(&exercise);
}

#[test]
fn clangd_reads_a_module_of_the_readers_own_and_what_others_have_written_for_it_stays() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("words")).expect("mkdir");
    fs::write(at("words/greeting.h"), "#define GREETING \"hello\"\n").expect("write");
    fs::write(at("Kbuild"), "obj-m := greeter.o\nccflags-y := -I$(src)/words -DTIMES=2\n").expect("write");
    let text = "// SPDX-License-Identifier: GPL-2.0\n#include <linux/module.h>\n#include \"greeting.h\"\n\n\
                static int __init greeter_init(void)\n{\n\tpr_info(\"%s, %d times\\n\", GREETING, TIMES);\n\treturn 0;\n}\n\
                module_init(greeter_init);\n\nstatic void __exit greeter_exit(void)\n{\n}\nmodule_exit(greeter_exit);\n\n\
                MODULE_DESCRIPTION(\"greets\");\nMODULE_LICENSE(\"GPL\");\n";
    let file = at("greeter.c");
    fs::write(&file, text).expect("write");
    let try_it = || outcome(lab(&["try", "--editor"]).arg(folder.path()).env("CROSSINGS_ROOT", course()));
    try_it().expect(0, &["hello, 2 times"]);
    expect_clean(&file, Some(folder.path()));
    expect_found(&file);

    fs::write(&file, text).expect("write");
    let theirs = json!([{ "directory": "/", "file": file, "command": "cc -c greeter.c" }]).to_string();
    fs::write(at("compile_commands.json"), &theirs).expect("write");
    try_it().expect(0, &["hello, 2 times"]);
    assert_eq!(read(&at("compile_commands.json")), theirs);
}

/// The settings that VS Code reads in the course, as it passes them on, for a learner whose folder is another one. The server
/// does nothing besides that is not asked here.
fn settings(learn: &Path) -> Value {
    let text = read(&course().join(".vscode/settings.json"));
    let text = text.replace("${workspaceFolder}", &course().display().to_string());
    assert!(text.contains("\"learn/Cargo.toml\""), "{text}");
    let text = text.replace("learn/Cargo.toml", &learn.join("Cargo.toml").display().to_string());
    let settings: Value = serde_json::from_str(&text).expect("JSON");
    let mut passed = quiet();
    for (name, value) in settings.as_object().expect("an object") {
        let Some(name) = name.strip_prefix("rust-analyzer.") else { continue };
        let place = name.split('.').fold(&mut passed, |place, part| &mut place[part]);
        *place = value.clone();
    }
    passed
}

/// No `cargo check`, and nothing made ready before it is asked for; but all that the server itself finds. Names and types that it
/// does not know are no errors to it otherwise, because `cargo check` tells of them.
fn quiet() -> Value {
    json!({
        "checkOnSave": false,
        "cachePriming": { "enable": false },
        "diagnostics": { "experimental": { "enable": true } },
    })
}

/// Expects that there is no error in a file, and that one at its end is found.
#[track_caller]
fn expect_read(server: &mut Server, file: &Path) {
    let text = read(file);
    assert_eq!(server.errors(file, &text), [""; 0], "{}", file.display());
    let text = text + "fn planted() -> u8 { no_such_function(1) }\n";
    let errors = server.errors(file, &text);
    let place = format!("{}: ", text.lines().count());
    assert!(!errors.is_empty() && errors.iter().all(|error| error.starts_with(&place)), "{errors:?}");
}

#[test]
fn rust_analyzer_reads_lessons_exercises_and_their_checks() {
    let learner = Learner(folder());
    let exercise = learner.solves("syscalls/short-count", "exercise.rs");
    learner.prepares();
    let mut server = Server::open(course(), &settings(learner.0.path()));
    expect_read(&mut server, &exercise);
    expect_read(&mut server, &course().join("exercises/syscalls/short-count/check.rs"));
    expect_read(&mut server, &course().join("lessons/ioctl/src/mistake.rs"));
    drop(server);
    // Other editors open the learner's folder alone.
    expect_read(&mut Server::open(learner.0.path(), &quiet()), &exercise);
}
