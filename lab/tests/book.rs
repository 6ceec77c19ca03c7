//! `cargo lab dev lint` on copies of the course that are each spoilt in one way: every one turns it red, by name.

mod tool;

use std::fs;
use tool::{copy::Copy, lab, outcome};

#[test]
fn a_missing_part_is_named() {
    for (part, fault) in [
        ("lessons/ioctl/expected.txt", "lessons/ioctl/expected.txt is missing"),
        ("lessons/ioctl/src/lib.rs", "lessons/ioctl/src/lib.rs is missing"),
        ("book/ioctl.md", "SUMMARY.md lists ioctl.md, which does not exist"),
        ("kmods/ioctl/Kbuild", "kmods/ioctl/Kbuild does not build crossings_ioctl"),
        ("lessons/ioctl/compare.c", "lessons/ioctl/compare.c is missing"),
        ("notebooks/ioctl.ipynb", "notebooks/ioctl.ipynb: read"),
        ("exercises/ioctl/leak/exercise.md", "exercises/ioctl/leak has no exercise.md"),
        ("exercises/ioctl/leak/exercise.c", "exercises/ioctl/leak must have an exercise.c or an exercise.rs"),
        ("exercises/ioctl/leak/check.rs", "exercises/ioctl/leak: it has no check.rs"),
        ("exercises/ioctl/leak/solution.diff", "solution.diff: read"),
        ("exercises/ioctl/leak/wrong/padded.diff", "there is no wrong/padded.diff"),
        ("book/notebooks/ioctl.md", "book/notebooks/ioctl.md is not in SUMMARY.md, or is not this one line"),
        ("book/sources/ioctl.md", "book/sources/ioctl.md is not in SUMMARY.md, or is not this one line"),
    ] {
        let copy = Copy::new();
        fs::remove_file(copy.path(part)).expect("remove");
        copy.is_refused(fault);
    }
}

#[test]
fn a_stray_part_is_named() {
    for (part, fault) in [
        ("kmods/nonsense", "kmods/nonsense belongs to no lesson"),
        ("notebooks/nonsense.ipynb", "notebooks/nonsense.ipynb belongs to no lesson"),
        ("lessons/ioctl/notes.txt", "lessons/ioctl/notes.txt is not part of a lesson"),
        ("book/nonsense.md", "book/nonsense.md is not in SUMMARY.md"),
        ("exercises/nonsense", "exercises/nonsense belongs to no lesson"),
        ("exercises/ioctl/leak/notes.txt", "exercises/ioctl/leak: it holds notes.txt"),
        ("exercises/ioctl/leak/wrong/nonsense.diff", "wrong/nonsense.diff is not explained"),
    ] {
        let copy = Copy::new();
        fs::write(copy.path(part), "").expect("write");
        copy.is_refused(fault);
    }
}

#[test]
fn a_broken_include_or_directive_is_named() {
    for (from, to, fault) in [
        ("lib.rs:requests}}", "lib.rs:nonsense}}", "which has no ANCHOR: nonsense"),
        ("kmods/ioctl/ioctl.c:", "kmods/ioctl/nonsense.c:", "nonsense.c, which does not exist"),
        ("../lab/output ioctl --part \"a total\"", "ls", "a directive must be"),
        ("--part \"a total\"", "--part \"nonsense\"", "there is no part `== nonsense`"),
        ("## Kernel side", "```text\nnonsense\n```\n\n## Kernel side", "this line was typed: nonsense"),
    ] {
        let copy = Copy::new();
        copy.edit("book/ioctl.md", from, to);
        copy.is_refused(fault);
    }
}

#[test]
fn an_exercise_that_lacks_a_part_is_named() {
    for (from, to, fault) in [
        ("# ", "", "its first line must be the title"),
        ("Practises: ", "", "a line `Practises: …` must come here"),
        ("## Hint", "## Hunt", "unknown section \"Hunt\""),
        ("## Solution", "## Hint", "there is no section Solution"),
        ("> ", "", "as a quotation, what the check says of its starter"),
    ] {
        let copy = Copy::new();
        copy.edit("exercises/ioctl/leak/exercise.md", from, to);
        copy.is_refused(fault);
    }
    let copy = Copy::new();
    copy.edit("exercises/ioctl/leak/solution.diff", "\n ", "\n another line\n ");
    copy.is_refused("solution.diff: ");
    let copy = Copy::new();
    copy.edit("book/ioctl.md", "--exercises -->", "-->");
    copy.is_refused("book/ioctl.md does not show its exercises");
    for name in ["leak", "count"] {
        fs::remove_dir_all(copy.path("exercises/ioctl").join(name)).expect("remove");
    }
    copy.is_refused("exercises/ioctl has no exercise in the kernel");
}

#[test]
fn a_notebook_that_cannot_stay_as_it_is_is_named() {
    for (from, to, fault) in [
        ("\"execution_count\": 1,", "\"execution_count\": 7,", "holds what changes from run to run"),
        ("Subprocess terminated with status", "mismatched types", "a cell that does not compile: mismatched types"),
    ] {
        let copy = Copy::new();
        copy.edit("notebooks/ioctl.ipynb", from, to);
        copy.is_refused(fault);
    }
    let copy = Copy::new();
    copy.edit("book/ioctl.md", "(notebooks/ioctl.md)", "");
    copy.is_refused("book/ioctl.md does not link to its notebook");
}

#[test]
fn a_part_of_the_output_that_no_page_shows_is_named() {
    let copy = Copy::new();
    copy.edit("lessons/ioctl/expected.txt", "== a total", "== a part that is new\nx\n== a total");
    copy.is_refused("does not show the part \"a part that is new\"");
}

#[test]
fn a_claim_about_a_release_without_its_source_is_named() {
    let copy = Copy::new();
    copy.edit("book/ioctl.md", "## Kernel side", "It is so since Linux 5.19.\n\n## Kernel side");
    // So that the book need not be built.
    fs::write(copy.path("kmods/nonsense"), "").expect("write");
    copy.is_refused("write <!-- since: WHAT 5.19, SOURCE -->");
}

#[test]
fn a_measured_figure_in_a_golden_file_is_named() {
    for (slug, golden, part) in [("ioctl", "expected.txt", "the total is: "), ("chardev", "crash.txt", "the program: ")]
    {
        let copy = Copy::new();
        copy.edit(&format!("lessons/{slug}/{golden}"), part, "≈  312 ns\n");
        copy.is_refused(&format!("lessons/{slug}/{golden} holds a measured figure"));
    }
}

#[test]
fn a_book_that_would_be_built_over_its_sources_is_refused() {
    let copy = Copy::new();
    copy.edit("book.toml", "build-dir = \"target/book\"", "build-dir = \"book\"");
    copy.is_refused("book.toml does not say build-dir");
}

#[test]
fn a_misspelt_word_is_named_and_a_lesson_that_fails_keeps_no_book_from_being_built() {
    let copy = Copy::of_ioctl();
    let output = || {
        let mut command = lab(&["dev", "output", "ioctl", "--part", "a total"]);
        command.env("CROSSINGS_ROOT", copy.0.path());
        outcome(&mut command)
    };
    output().expect(0, &["the total is: 5", "not yet checked here"]);
    copy.edit("book/ioctl.md", "## The idea", "We recieve it.\n\n## The idea");
    copy.is_refused("ioctl.html: is \"recieve\" spelt right?");
    // Neither a lesson that prints something else, nor one that does not build.
    copy.edit("lessons/ioctl/expected.txt", "the total is: 5", "the total is: 6");
    copy.edit("lessons/ioctl/src/main.rs", "fn main()", "fn main(");
    output().expect(0, &["the total is: 6", "not yet checked here"]);
    copy.is_refused("ioctl.html: is \"recieve\" spelt right?");
    assert!(fs::read_to_string(copy.path("target/book/ioctl.html")).expect("a page").contains("the total is: 6"));
}

#[test]
fn a_question_without_an_answer_is_named() {
    for (from, to, fault) in [
        ("> **Your answer 1.**", "> **Note.**", "must have one \"Predict 1\" and, later, one \"Your answer 1\""),
        ("- [x]", "- [ ]", "a quiz with 0 right choices"),
        ("## A first run", "## A run", "has no section \"A first run\" in its place"),
    ] {
        let copy = Copy::of_ioctl();
        copy.edit("book/ioctl.md", from, to);
        copy.is_refused(fault);
    }
}
