//! `cargo lab dev exercise`: there and back, edits, and what is never overwritten.

use crate::{Copy, course, names, same};
use std::fs;

/// The ids of all exercises of the real course.
fn exercises() -> Vec<String> {
    let folder = course().join("exercises");
    let of = |slug: String| names(&folder.join(&slug)).into_iter().map(move |name| format!("{slug}/{name}"));
    names(&folder).into_iter().flat_map(of).collect()
}

#[test]
fn every_exercise_comes_back_as_it_was() {
    let copy = Copy::of_exercises();
    let (before, ids) = (copy.files("exercises"), exercises());
    assert!(ids.len() >= 39, "{ids:?}");
    for id in &ids {
        copy.dev(&["exercise", id]).expect(0, &["--save"]);
        copy.dev(&["exercise", id, "--save"]).expect(0, &["next: `cargo lab dev prove"]);
    }
    same(&before, &copy.files("exercises"));
}

/// The lines that a difference changes.
fn changed(diff: &str) -> usize {
    diff.lines().skip(2).filter(|line| line.starts_with(['+', '-'])).count()
}

/// The lines of a difference that say where it is.
fn places(diff: &str) -> Vec<&str> {
    diff.lines().filter(|line| ["--- ", "+++ ", "@@ "].iter().any(|start| line.starts_with(start))).collect()
}

#[test]
fn differences_that_are_made_anew_are_what_diff_makes() {
    let copy = Copy::of_exercises();
    let (before, ids) = (copy.files("exercises"), exercises());
    for id in &ids {
        copy.dev(&["exercise", id]).expect(0, &[]);
        let copies = copy.files(&format!("author/{id}"));
        let starter = copies.keys().find(|path| path.contains("/starter.")).expect("a starter");
        // There and back: every difference is made anew, twice.
        for text in [copies[starter].clone() + "\n/* another starter */\n", copies[starter].clone()] {
            fs::write(copy.root.join(starter), text).expect("write");
            copy.dev(&["exercise", id, "--save"]).expect(0, &["solution.diff"]);
            copy.dev(&["exercise", id]).expect(0, &[]);
        }
    }
    let (after, mut placed) = (copy.files("exercises"), 0);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (path, text) in &after {
        if path.ends_with(".diff") {
            // Where there are several shortest differences, two programs may find two.
            assert_eq!(changed(text), changed(&before[path]), "{path}\n{text}");
            placed += usize::from(places(text) == places(&before[path]));
        } else {
            assert_eq!(*text, before[path], "{path}");
        }
    }
    let diffs = after.keys().filter(|path| path.ends_with(".diff")).count();
    assert!(placed * 20 > diffs * 19, "of {diffs} differences only {placed} have the hunks that they had");
}

const EXERCISE: &str = "ioctl/count";

#[test]
fn edits_come_into_the_exercise() {
    let copy = Copy::of_exercises();
    copy.dev(&["exercise", EXERCISE]).expect(0, &["author/ioctl/count"]);
    let file = |name: &str| format!("author/{EXERCISE}/{name}");
    let solution = copy.read(&file("solution.c"));

    // A changed starter: the solution says what it said, and its difference takes the change back.
    copy.edit(&file("starter.c"), "#define CURVE_MAX 64", "#define CURVE_MAX 63");
    copy.dev(&["exercise", EXERCISE, "--save"]).expect(0, &["exercise.c", "solution.diff", "wrong/signed.diff"]);
    let diff = copy.read("exercises/ioctl/count/solution.diff");
    assert!(diff.contains("-#define CURVE_MAX 63\n+#define CURVE_MAX 64\n"), "{diff}");
    copy.dev(&["exercise", EXERCISE, "--force"]).expect(0, &[]);
    assert_eq!(copy.read(&file("solution.c")), solution);
    assert!(copy.read("exercises/ioctl/count/exercise.c").contains("CURVE_MAX 63"));

    // A wrong solution more, and one less.
    fs::write(copy.root.join(file("wrong/lazy.c")), solution.replace("CURVE_SET", "CURVE_LAZY")).expect("write");
    fs::remove_file(copy.root.join(file("wrong/signed.c"))).expect("remove");
    let saved = copy.dev(&["exercise", EXERCISE, "--save"]);
    saved.expect(0, &["written: ", "wrong/lazy.diff is not explained", "removed: ", "there is no wrong/signed.diff"]);
    assert!(!saved.stdout.contains("solution.diff"), "the solution has not changed:\n{}", saved.stdout);
    let stored = names(&copy.root.join("exercises/ioctl/count/wrong"));
    assert_eq!(stored, ["clamped.diff", "lazy.diff", "off-by-one.diff", "overflow.diff"]);
    let lazy = copy.read("exercises/ioctl/count/wrong/lazy.diff");
    assert!(lazy.starts_with("--- exercise.c\n+++ exercise.c\n@@ -"), "{lazy}");
    assert!(lazy.contains("+#define CURVE_LAZY"), "{lazy}");
}

#[test]
fn nothing_of_the_authors_or_of_anybody_elses_is_overwritten() {
    let copy = Copy::of_exercises();
    let starter = format!("author/{EXERCISE}/starter.c");
    copy.dev(&["exercise", EXERCISE, "--save"]).expect(2, &["`cargo lab dev exercise ioctl/count` makes it"]);
    copy.dev(&["exercise", EXERCISE]).expect(0, &[]);
    copy.edit(&starter, "CURVE_MAX 64", "CURVE_MAX 32");
    let (mine, stored) = (copy.files("author"), copy.files("exercises"));
    let refused = |arguments: &[&str], commands: &[&str]| {
        copy.dev(arguments).expect(2, commands);
        same(&mine, &copy.files("author"));
    };
    let dev = "cargo lab dev exercise ioctl/count";
    refused(&["exercise", EXERCISE], &[&format!("{dev} --save\n"), &format!("{dev} --force\n")]);
    same(&stored, &copy.files("exercises"));

    // Somebody else has changed the exercise meanwhile.
    copy.edit("exercises/ioctl/count/solution.diff", "curve.count > CURVE_MAX", "curve.count > 64");
    let theirs = copy.files("exercises");
    refused(&["exercise", EXERCISE, "--save"], &[&format!("{dev} --save --force\n"), &format!("{dev} --force\n")]);
    same(&theirs, &copy.files("exercises"));
    copy.dev(&["exercise", EXERCISE, "--save", "--force"]).expect(0, &["written: "]);
    assert!(copy.read("exercises/ioctl/count/exercise.c").contains("CURVE_MAX 32"));

    copy.edit(&starter, "CURVE_MAX 32", "CURVE_MAX 16");
    copy.dev(&["exercise", EXERCISE, "--force"]).expect(0, &[]);
    assert!(copy.read(&starter).contains("CURVE_MAX 32"));
}

#[test]
fn copies_that_cannot_be_stored_are_refused() {
    for (name, text, said) in [
        ("solution.c", None, "solution.c is missing"),
        ("wrong/Off By One.c", Some("x\n"), "neither the starter nor the solution nor wrong/NAME"),
        ("more.c", Some("x\n"), "neither the starter nor the solution nor wrong/NAME"),
        ("wrong/open.c", Some("x"), "wrong/open.c does not end with a newline"),
        ("wrong/same.c", Some("STARTER"), "wrong/same.c says the same as the starter"),
    ] {
        let copy = Copy::of_exercises();
        copy.dev(&["exercise", EXERCISE]).expect(0, &[]);
        let before = copy.files("exercises");
        let path = copy.root.join("author").join(EXERCISE).join(name);
        let starter = copy.read("exercises/ioctl/count/exercise.c");
        match text {
            Some(text) => fs::write(path, text.replace("STARTER", &starter)).expect("write"),
            None => fs::remove_file(path).expect("remove"),
        }
        copy.dev(&["exercise", EXERCISE, "--save"]).expect(2, &[said]);
        same(&before, &copy.files("exercises"));
    }
    let copy = Copy::of_exercises();
    copy.dev(&["exercise", "ioctl/cuont"]).expect(2, &["did you mean ioctl/count?"]);
    copy.dev(&["exercise", "ioctl"]).expect(2, &["SLUG/NAME names one"]);
}
