//! `cargo lab dev new`: a course from nothing, and what is refused.

use crate::{Copy, course, run, same};
use std::{collections::BTreeMap, fs, process::Command};

#[test]
fn a_name_that_is_taken_or_is_none_is_refused() {
    let copy = Copy::of_exercises();
    copy.takes(&["kmods/include", "book/crossings.md"]);
    let before = copy.files("");
    for slug in ["ioctl", "include", "crossings"] {
        copy.dev(&["new", "chapter", slug]).expect(2, &["already: choose another name"]);
    }
    for slug in ["Gadget", "io-uring", "2nd", "a_b", "..", "a/b", "", "thirtyonelettersarejusttoomanyx", "index"] {
        copy.dev(&["new", "chapter", slug, "--module"]).expect(2, &["cannot name a chapter"]);
    }
    for id in ["ioctl", "ioctl/", "ioctl/Leak", "ioctl/a/b", "ioctl/../x"] {
        copy.dev(&["new", "exercise", id, "--side", "user"]).expect(2, &["cannot name an exercise"]);
    }
    copy.dev(&["new", "exercise", "ioctl/leak", "--side", "user"]).expect(2, &["already: choose another name"]);
    copy.dev(&["new", "exercise", "iotcl/new", "--side", "user"]).expect(2, &["did you mean ioctl?"]);
    same(&before, &copy.files(""));
}

/// What skeletons leave to a person: how many lines of which file.
const MARKED: [(&str, usize); 21] = [
    ("book/SUMMARY.md", 2),
    ("book/figures/gadget.svg", 2),
    ("book/figures/lantern.svg", 2),
    ("book/gadget.md", 22),
    ("book/lantern.md", 22),
    ("exercises/gadget/in-the-kernel/exercise.md", 6),
    ("exercises/gadget/kernel-side/exercise.md", 6),
    ("exercises/gadget/user-side/exercise.md", 6),
    ("exercises/lantern/another/exercise.md", 6),
    ("exercises/lantern/user-side/exercise.md", 6),
    ("kmods/gadget/gadget.c", 2),
    ("lessons/gadget/Cargo.toml", 1),
    ("lessons/gadget/src/lib.rs", 1),
    ("lessons/gadget/src/main.rs", 1),
    ("lessons/gadget/src/story/note.rs", 1),
    ("lessons/lantern/Cargo.toml", 1),
    ("lessons/lantern/src/lib.rs", 1),
    ("lessons/lantern/src/main.rs", 1),
    ("lessons/lantern/src/story/note.rs", 1),
    ("notebooks/gadget.ipynb", 3),
    ("notebooks/lantern.ipynb", 3),
];

/// A check that asks for less, and a list that says less or too much.
fn a_weak_check_is_found(copy: &Copy) {
    let (check, list) = ("exercises/gadget/in-the-kernel/check.rs", "exercises/lantern/another/equivalent.md");
    let (sound, reasons) = (copy.read(check), copy.read(list));
    copy.edit(check, ", (3, \"hel.....\")", "");
    copy.dev(&["prove", "--mutants", "gadget/in-the-kernel"]).expect(
        1,
        &[
            "the check lets it pass\n       @@ greeter_read @@\n",
            "+\tsize_t length = min(count - 1, sizeof(greeting) - 1);",
            "+\tsize_t length = min(count + 1, sizeof(greeting) - 1);",
            ", 2 failed",
        ],
    );
    fs::write(copy.root.join(check), sound).expect("write");

    fs::remove_file(copy.root.join(list)).expect("remove");
    let one = ["prove", "--mutants", "lantern/another"];
    copy.dev(&one).expect(1, &["+    while filled <= room.len() {", ", 1 failed"]);
    fs::write(copy.root.join(list), reasons.replace("room.len()", "room.size()")).expect("write");
    copy.dev(&one).expect(1, &["names a mutant that no rule makes", "+    while filled <= room.len() {", ", 2 failed"]);
    fs::write(copy.root.join(list), reasons).expect("write");
    copy.dev(&["prove", "--mutants", "--few", "3", "lantern/another"]).expect(0, &[", 0 failed"]);
}

#[test]
fn chapters_and_exercises_from_nothing_pass() {
    let copy = Copy::without_chapters();
    // One with a module and one without, and an exercise more for each.
    copy.dev(&["new", "chapter", "gadget", "--module"]).expect(0, &["cargo lab dev bless gadget", "dev soak gadget"]);
    copy.dev(&["new", "chapter", "lantern"]).expect(0, &["cargo lab dev notebooks --bless lantern"]);
    for (id, side) in [("gadget/in-the-kernel", "kernel"), ("lantern/another", "user")] {
        copy.dev(&["new", "exercise", id, "--side", side]).expect(0, &[&format!("cargo lab dev prove {id}")]);
        // The author's whole files are there, and are what is stored.
        copy.dev(&["exercise", id]).expect(0, &["--save"]);
    }

    copy.dev(&["bless"])
        .expect(0, &["gadget/expected.txt: 20 lines, written", "lantern/expected.txt: 16 lines, written"]);
    copy.dev(&["draw"]).expect(0, &["drawn: what 2 lessons recorded"]);
    copy.lab(&["run", "--kernel", "6.12", "--kernel", "6.1"]).expect(0, &["4 passed, 0 failed"]);
    // Starter, solution and wrong one of five exercises, and each solution on the older kernel.
    copy.dev(&["prove", "--kernel", "6.12,6.1"]).expect(0, &["20 passed, 0 failed"]);
    copy.dev(&["prove", "--mutants", "gadget/in-the-kernel", "lantern/another"]).expect(0, &[", 0 failed"]);
    a_weak_check_is_found(&copy);
    copy.dev(&["soak", "gadget", "--runs", "1"]).expect(0, &["gadget: hostile calls", "3 passed, 0 failed"]);

    let lint = copy.dev(&["lint"]);
    assert_eq!(lint.code, Some(1), "{}{}", lint.stdout, lint.stderr);
    let mut marked = BTreeMap::new();
    let mut others = Vec::new();
    for line in lint.stdout.lines() {
        match line.split_once(':') {
            Some((path, rest)) if rest.contains(": still to be done: ") => *marked.entry(path).or_insert(0) += 1,
            _ => others.push(line),
        }
    }
    assert_eq!(marked, BTreeMap::from(MARKED), "{}{}", lint.stdout, lint.stderr);
    let faults = MARKED.iter().map(|(_, lines)| lines).sum::<usize>() + 2;
    let expected = [
        "notebooks/gadget.ipynb was never run: `cargo lab dev notebooks --bless gadget` runs it",
        "notebooks/lantern.ipynb was never run: `cargo lab dev notebooks --bless lantern` runs it",
        &format!("2 lessons checked, {faults} faults"),
    ];
    assert_eq!(others, expected);

    // What `make test` holds against every chapter.
    run(Command::new("cargo").current_dir(&copy.root).args(["fmt", "--all", "--check"]));
    let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run(Command::new("cargo").current_dir(&copy.root).env_remove("CARGO_TARGET_DIR").args(clippy));
    let programs = copy.files("exercises").into_keys().chain(copy.files("author").into_keys());
    let programs = programs.filter(|path| path.ends_with(".rs"));
    run(Command::new("rustfmt").current_dir(&copy.root).args(["--check", "--edition", "2024"]).args(programs));
    run(Command::new(course().join("ci/kernel-checks.sh")).env("CROSSINGS_ROOT", &copy.root).env("CI", "true"));
    for slug in ["gadget", "lantern"] {
        let mut compiler = Command::new("cc");
        compiler.args(["-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Werror", "-I", "lab/lesson"]);
        compiler.arg(format!("-Ikmods/{slug}")).args(["-o", "target/compare"]).arg(format!("lessons/{slug}/compare.c"));
        run(compiler.current_dir(&copy.root));
    }
}
