//! The learner's loop: attempts that break their kernel in every way, and what a learner sees and keeps.

mod tool;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Instant,
};
use tool::{Outcome, finished, lab, outcome, terminal::Terminal, wait_for};

/// A learner with a folder of their own.
struct Learner(tempfile::TempDir);

const KERNEL: &str = "chardev/lost-wakeup";
const USER: &str = "syscalls/short-count";

impl Learner {
    fn new() -> Self {
        Learner(tempfile::tempdir().expect("tempdir"))
    }

    /// `cargo lab ARGUMENTS` on the real course.
    fn lab(&self, arguments: &[&str]) -> Command {
        let mut command = lab(arguments);
        command.env("CROSSINGS_ROOT", course()).env("CROSSINGS_LEARN", self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.lab(arguments))
    }

    /// Puts `text` into the learner's copy of an exercise, and has it checked.
    fn tries(&self, exercise: &str, text: &str) -> Outcome {
        let file = self.file(exercise);
        fs::create_dir_all(file.parent().expect("a folder")).expect("make the folder");
        fs::write(file, text).expect("write");
        let started = Instant::now();
        let outcome = self.run(&["verify", exercise]);
        println!("{exercise}: {:.1} s", started.elapsed().as_secs_f64());
        outcome
    }

    fn file(&self, exercise: &str) -> PathBuf {
        let name = if exercise == KERNEL { "exercise.c" } else { "exercise.rs" };
        self.0.path().join(exercise).join(name)
    }

    /// The next attempt gets a fresh kernel: the solution passes.
    fn goes_on(&self, exercise: &str) {
        self.saves(exercise, "solution.diff");
        self.run(&["verify", exercise]).expect(0, &["1 passed"]);
    }

    /// Saves the starter with a change, as many editors do: a new file under the old name.
    fn saves(&self, exercise: &str, change: &str) {
        let (file, folder) = (self.file(exercise), course().join("exercises").join(exercise));
        fs::create_dir_all(file.parent().expect("a folder")).expect("make the folder");
        let (new, starter) = (file.with_extension("saving"), folder.join(file.file_name().expect("a name")));
        let patched =
            Command::new("patch").args(["--quiet", "--output"]).args([&new, &starter, &folder.join(change)]).status();
        assert!(patched.expect("start patch").success());
        fs::rename(new, file).expect("rename");
    }
}

fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course")
}

/// A module that does this when it is loaded.
fn module(init: &str) -> String {
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n#include <linux/delay.h>\n#include <linux/module.h>\n\
         #include <linux/slab.h>\n\nstatic int __init exercise_init(void)\n{{\n{init}\n\treturn 0;\n}}\n\
         module_init(exercise_init);\n\nstatic void __exit exercise_exit(void)\n{{\n}}\nmodule_exit(exercise_exit);\n\n\
         MODULE_DESCRIPTION(\"planted\");\nMODULE_LICENSE(\"GPL\");\n"
    )
}

#[test]
fn an_oops_names_the_line() {
    let learner = Learner::new();
    let outcome = learner.tries(KERNEL, &module("\tint *nowhere = NULL;\n\n\tREAD_ONCE(*nowhere);"));
    outcome.expect(1, &["BUG: kernel NULL pointer dereference", "exercise.c:10, in exercise_init", "*nowhere"]);
    learner.goes_on(KERNEL);
}

#[test]
fn a_module_that_panics_hangs_or_stays_is_told() {
    let learner = Learner::new();
    learner.tries(KERNEL, &module("\tpanic(\"planted\");")).expect(1, &["Kernel panic - not syncing: planted"]);
    learner
        .tries(KERNEL, &module("\twhile (1)\n\t\tmsleep(1000);"))
        .expect(1, &["insmod", "was still running after 8 s", "exercise_init"]);
    learner
        .tries(KERNEL, &module("\tlocal_irq_disable();\n\twhile (1)\n\t\tcpu_relax();"))
        .expect(1, &["was still running after 8 s"]);
    // Nothing of this module answers the check; it is refused before it could be unloaded.
    learner.tries(KERNEL, &module("\t__module_get(THIS_MODULE);")).expect(1, &["open /dev/exercise"]);
    learner.goes_on(KERNEL);
}

#[test]
fn a_module_that_cannot_be_unloaded_fails() {
    let learner = Learner::new();
    learner.goes_on(KERNEL);
    let text = fs::read_to_string(learner.file(KERNEL)).expect("read");
    let stays = "\tif (!count)\n\t\treturn 0;\n\n\tmutex_lock";
    assert!(text.contains(stays), "{text}");
    let text = text.replacen(stays, "\t__module_get(THIS_MODULE);\n\tif (!count)\n\t\treturn 0;\n\n\tmutex_lock", 1);
    learner.tries(KERNEL, &text).expect(1, &["rmmod exercise", "EAGAIN"]);
    learner.goes_on(KERNEL);
}

#[test]
fn a_module_that_eats_memory_or_floods_the_log_is_told() {
    let learner = Learner::new();
    learner.tries(KERNEL, &module("\twhile (kmalloc(4096, GFP_KERNEL))\n\t\t;")).expect(1, &["Out of memory"]);
    let flood = "\tint i;\n\n\tfor (i = 0; i < 1000000; i++)\n\t\tpr_info(\"line %d\\n\", i);";
    learner.tries(KERNEL, &module(flood)).expect(1, &["insmod", "was still running after 8 s"]);
    learner.goes_on(KERNEL);
}

#[test]
fn learners_who_verify_at_the_same_time_get_each_their_own() {
    for _ in 0..3 {
        let (one, other) = (Learner::new(), Learner::new());
        one.saves(USER, "solution.diff");
        other.saves(USER, "wrong/again.diff");
        thread::scope(|scope| {
            let other = scope.spawn(|| other.run(&["verify", USER]));
            one.run(&["verify", USER]).expect(0, &["1 passed"]);
            other.join().expect("join").expect(1, &["1 failed"]);
        });
    }
}

#[test]
fn a_program_that_forks_without_end_floods_or_loops_is_told() {
    let learner = Learner::new();
    let program = |body: &str| {
        format!(
            "use nix::Result;\nuse std::os::fd::AsFd;\npub fn write_all(_: impl AsFd, _: &[u8]) -> Result<()> {{\n{body}\n}}\n"
        )
    };
    learner.tries(USER, &program("loop { let _ = unsafe { nix::unistd::fork() }; }")).expect(1, &["FAILED"]);
    learner.tries(USER, &program("loop { println!(\"again\"); }")).expect(1, &["printed more than 65536 bytes"]);
    learner.tries(USER, &program("loop {}")).expect(1, &["write_all has not returned"]);
    learner.tries(USER, &program("panic!(\"planted\")")).expect(1, &["planted"]);
    learner.tries(USER, &program("let x: u8 = \"text\"; Ok(())")).expect(1, &["mismatched types", "exercise.rs:4"]);
    learner.goes_on(USER);
}

#[test]
fn nothing_of_the_learners_is_lost() {
    let learner = Learner::new();
    learner.run(&["verify", USER]).expect(1, &["only a part of the bytes has arrived", "cargo lab hint"]);
    let mine = fs::read_to_string(learner.file(USER)).expect("read") + "// mine\n";
    fs::write(learner.file(USER), &mine).expect("write");
    learner.run(&["verify", USER]).expect(1, &[]);
    assert_eq!(fs::read_to_string(learner.file(USER)).expect("read"), mine, "checking changed the learner's copy");

    learner.run(&["hint"]).expect(0, &["Hint 1 of 2"]);
    learner.run(&["hint", USER]).expect(0, &["Hint 1 of 2", "Hint 2 of 2"]);

    learner.run(&["reset", USER]).expect(0, &["what you had is in"]);
    assert_eq!(fs::read_to_string(learner.file(USER).with_extension("rs.1")).expect("read"), mine);
    learner.goes_on(USER);
    learner.run(&["progress"]).expect(0, &["[x] syscalls/short-count", "[ ] chardev/lost-wakeup"]);
}

#[test]
fn an_exercise_that_has_changed_is_said_and_not_overwritten() {
    let learner = Learner::new();
    learner.run(&["verify", USER]).expect(1, &[]);
    let record = learner.0.path().join("progress.json");
    // As if the starter had been another when they began.
    let text = fs::read_to_string(&record).expect("read");
    let begun = text.find("\"starter\": \"").expect("the starter's key") + 12;
    fs::write(&record, format!("{}0{}", &text[..begun], &text[begun + 1..])).expect("write");
    fs::write(learner.file(USER), "// mine\n").expect("write");
    learner.run(&["verify", USER]).expect(1, &["has changed since you began it", "cargo lab reset"]);
    assert_eq!(fs::read_to_string(learner.file(USER)).expect("read"), "// mine\n");
}

#[test]
fn a_name_that_is_none_is_answered_with_those_that_are() {
    Learner::new().run(&["verify", "chardev/nothing"]).expect(2, &["chardev/nothing", KERNEL]);
}

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
