//! `cargo lab learn`: what is on its screen, and what the keys do.

mod tool;

use std::{fs, os::unix::fs::PermissionsExt};
use tool::{
    finished,
    learner::{KERNEL, Learner, USER, course},
    terminal::Terminal,
    wait_for,
};

/// What is on an 80-column screen.
fn screen(learner: &Terminal) -> String {
    let size = |length| std::num::NonZero::new(length).expect("a length");
    let mut screen = vt100::Parser::new(size(24), size(80), 0);
    screen.process(&learner.output());
    screen.screen().contents()
}

/// Waits until `text` is on the screen.
#[track_caller]
fn sees(learner: &Terminal, text: &str) -> String {
    wait_for(text, || Some(screen(learner)).filter(|screen| screen.contains(text)))
}

#[test]
fn the_screen_follows_every_save() {
    let learner = Learner::new();
    let mut terminal = Terminal::open(learner.lab(&["learn", KERNEL]), 24, 80);
    sees(&terminal, "NOT YET");
    sees(&terminal, "a letter has been in the box for a while, and its reader sleeps");
    terminal.types("h");
    sees(&terminal, "Hint 1 of 3");
    learner.saves(KERNEL, "wrong/uninterruptible.diff");
    sees(&terminal, "a signal came while a reader slept");
    learner.saves(KERNEL, "solution.diff");
    sees(&terminal, "PASSED");
    terminal.types("l");
    sees(&terminal, "> [x] chardev/lost-wakeup");
    terminal.types("l");
    terminal.types("r");
    sees(&terminal, "begun anew; what you had is in");
    sees(&terminal, "NOT YET");
    terminal.types("n");
    wait_for("another exercise", || Some(()).filter(|()| !screen(&terminal).contains("A lost wake-up")));
    terminal.types("q");
    finished(terminal.program).expect(0, &[]);
}

#[test]
fn the_screen_needs_no_colour_and_ctrl_c_ends_it() {
    let learner = Learner::new();
    let mut command = learner.lab(&["learn", USER]);
    command.env("NO_COLOR", "1");
    let mut terminal = Terminal::open(command, 24, 80);
    sees(&terminal, "NOT YET");
    let output = String::from_utf8_lossy(&terminal.output()).into_owned();
    assert!(!output.contains("\x1b[38;5;") && !output.contains("\x1b[31m"), "{output:?}");
    terminal.types("\x03");
    finished(terminal.program).expect(0, &[]);
}

#[test]
fn without_a_terminal_the_screen_names_what_does_the_same() {
    Learner::new().run(&["learn"]).expect(2, &["cargo lab verify"]);
}

/// How many hints of an exercise a learner has taken, by their record.
fn hints(learner: &Learner, exercise: &str) -> u64 {
    let record = fs::read_to_string(learner.0.path().join("progress.json")).expect("read");
    let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
    record["begun"][exercise]["hints"].as_u64().expect("a number")
}

#[test]
fn a_new_hint_is_in_view_below_a_long_error_and_none_is_spent_unseen() {
    let learner = Learner::new();
    let file = learner.file(USER);
    fs::create_dir_all(file.parent().expect("a folder")).expect("make the folder");
    fs::write(file, "fn broken() { nothing(); }\n".repeat(20)).expect("write");
    let mut terminal = Terminal::open(learner.lab(&["learn", USER]), 24, 80);
    sees(&terminal, "NOT YET");
    sees(&terminal, "error");
    assert!(!screen(&terminal).contains("The task"), "the error is too short to hide anything");
    terminal.types("h");
    sees(&terminal, "Hint 1 of 2");
    // Back to the error: the hint is not in view any more, and is shown again.
    terminal.types("\x1b[H");
    wait_for("the error", || Some(()).filter(|()| !screen(&terminal).contains("Hint 1 of 2")));
    terminal.types("h");
    sees(&terminal, "Hint 1 of 2");
    assert_eq!(hints(&learner, USER), 1);
    terminal.types("h");
    sees(&terminal, "Hint 2 of 2");
    terminal.types("h");
    sees(&terminal, "that was the last hint");
    terminal.types("q");
    finished(terminal.program).expect(0, &[]);
}

/// A program for the learner, in their folder.
fn program(learner: &Learner, name: &str, script: &str) -> String {
    let path = learner.0.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("write");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
    path.display().to_string()
}

/// Waits until the list says that it is at such a place of so many.
#[track_caller]
fn sees_position(terminal: &Terminal, expected: fn(usize, usize) -> bool) {
    wait_for("a position in the list", || {
        let screen = screen(terminal);
        let numbers = |line: &str| {
            let (place, count) = line.trim().split_once(" of ")?;
            Some((place.parse().ok()?, count.parse().ok()?))
        };
        let (place, count) = screen.lines().find_map(numbers)?;
        expected(place, count).then_some(())
    });
}

#[test]
fn keys_open_the_editor_the_log_the_chapter_and_the_list() {
    let learner = Learner::new();
    // It has the terminal for itself: what is typed into it is no key of the screen's.
    let editor = program(&learner, "editor", "echo EDITS \"$1\"\nread line\necho \"// $line\" >> \"$2\"");
    let opened = learner.0.path().join("opened");
    program(&learner, "xdg-open", &format!("echo \"$1\" > {}", opened.display()));
    let mut command = learner.lab(&["learn", USER]);
    let path = std::env::var("PATH").expect("PATH");
    command.env("PATH", format!("{}:{path}", learner.0.path().display())).env("DISPLAY", ":99");
    command.env("VISUAL", format!("{editor} option")).env_remove("EDITOR");
    let mut terminal = Terminal::open(command, 24, 80);
    sees(&terminal, "only a part of the bytes has arrived");
    terminal.types("e");
    sees(&terminal, "EDITS option");
    terminal.types("quite new\n");
    sees(&terminal, "NOT YET");
    let text = fs::read_to_string(learner.file(USER)).expect("read");
    assert!(text.ends_with("// quite new\n"), "{text}");
    terminal.types("k");
    sees(&terminal, "the kernel's log of the last check");
    terminal.types("k");
    sees(&terminal, "The task");
    terminal.types("b");
    sees(&terminal, "the chapter: ");
    let page = wait_for("the opener", || fs::read_to_string(&opened).ok().filter(|page| page.ends_with('\n')));
    assert!(page.contains("syscalls."), "{page}");
    terminal.types("l");
    sees(&terminal, "> [~] syscalls/short-count");
    sees(&terminal, " min  ");
    terminal.types("\x1b[H");
    sees_position(&terminal, |place, count| place == 1 && count > 1);
    terminal.types("\x1b[F");
    sees_position(&terminal, |place, count| place == count && count > 1);
    terminal.types("q");
    finished(terminal.program).expect(0, &[]);
}

#[test]
fn a_file_that_is_gone_is_said_and_checked_again_when_it_is_back() {
    let learner = Learner::new();
    let mut terminal = Terminal::open(learner.lab(&["learn", USER]), 24, 80);
    sees(&terminal, "NOT YET");
    learner.saves(USER, "solution.diff");
    sees(&terminal, "PASSED");
    let aside = learner.0.path().join("aside");
    fs::rename(learner.0.path().join("syscalls"), &aside).expect("rename");
    sees(&terminal, "NO FILE");
    assert!(!screen(&terminal).contains("PASSED"));
    fs::rename(&aside, learner.0.path().join("syscalls")).expect("rename");
    sees(&terminal, "PASSED");
    fs::remove_file(learner.file(USER)).expect("remove");
    sees(&terminal, "NO FILE");
    terminal.types("r");
    sees(&terminal, "it is as it was at first");
    sees(&terminal, "NOT YET");
    learner.saves(USER, "solution.diff");
    let screen = sees(&terminal, "PASSED");
    assert!(!screen.contains("it is as it was at first"), "{screen}");
    terminal.types("q");
    finished(terminal.program).expect(0, &[]);
}

#[test]
fn the_end_of_a_chapter_is_told_with_what_was_practised_and_what_comes_next() {
    let learner = Learner::new();
    // All others of the chapter have passed before.
    let passed = |name: &str| format!("\"syscalls/{name}\": {{\"starter\": \"\", \"passed\": true, \"hints\": 0}}");
    let chapter = fs::read_dir(course().join("exercises/syscalls")).expect("list the chapter's exercises");
    let names = chapter.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let others: Vec<String> = names.filter(|name| !USER.ends_with(name)).map(|name| passed(&name)).collect();
    fs::write(learner.0.path().join("progress.json"), format!("{{\"begun\": {{{}}}}}", others.join(", ")))
        .expect("write");
    learner.saves(USER, "solution.diff");
    let mut terminal = Terminal::open(learner.lab(&["learn", USER]), 24, 80);
    sees(&terminal, "that was the last of its chapter");
    let done = "You have passed all exercises of the chapter \"syscalls: ask the kernel\"";
    for _ in 0..8 {
        terminal.types(" ");
        if screen(&terminal).contains("cargo lab learn ioctl") {
            break;
        }
    }
    terminal.types("q");
    finished(terminal.program).expect(0, &[]);
    let next = ["Further reading", "book/syscalls.md", "cargo lab learn ioctl"];
    learner.run(&["verify", USER]).expect(0, &[done, "- A short count", next[0], next[1], next[2]]);
}
