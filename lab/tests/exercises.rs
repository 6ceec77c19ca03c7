//! Attempts at exercises that break their kernel in every way, and what a learner is told and keeps.

mod tool;

use std::{fs, thread};
use tool::learner::{KERNEL, Learner, USER};

/// A module that does this when it is loaded.
fn module(init: &str) -> String {
    format!(
        "// SPDX-License-Identifier: GPL-2.0\n#include <linux/delay.h>\n#include <linux/module.h>\n\
         #include <linux/slab.h>\n\nstatic __maybe_unused DEFINE_MUTEX(gate);\nstatic __maybe_unused DEFINE_SPINLOCK(turnstile);\n\nstatic int __init exercise_init(void)\n{{\n{init}\n\treturn 0;\n}}\n\
         module_init(exercise_init);\n\nstatic void __exit exercise_exit(void)\n{{\n}}\nmodule_exit(exercise_exit);\n\n\
         MODULE_DESCRIPTION(\"planted\");\nMODULE_LICENSE(\"GPL\");\n"
    )
}

#[test]
fn an_oops_names_the_line() {
    let learner = Learner::new();
    let outcome = learner.tries(KERNEL, &module("\tint *nowhere = NULL;\n\n\tREAD_ONCE(*nowhere);"));
    outcome.expect(1, &["BUG: kernel NULL pointer dereference", "exercise.c:13, in exercise_init", "*nowhere"]);
    learner.goes_on(KERNEL);
}

#[test]
fn a_module_that_hangs_is_told_in_words_and_with_its_line() {
    let learner = Learner::new();
    let tries = |init: &str, said: &[&str]| learner.tries(KERNEL, &module(init)).expect(1, said);
    let asleep = "insmod exercise.ko hangs: for 3 s nothing of it has run";
    let mutex = "it is in finit_module(2), and waits for a mutex that is locked";
    tries("\tmutex_lock(&gate);\n\tmutex_lock(&gate);", &[asleep, mutex, "exercise.c:12, in exercise_init"]);
    let busy = "has been busy in the kernel, and lets nobody else run";
    tries("\tspin_lock(&turnstile);\n\tspin_lock(&turnstile);", &[busy, "waits for a spinlock", "exercise.c:12, in"]);
    // In one line: the processor may be stopped at either of the loop's two instructions.
    tries("\tlocal_irq_disable();\n\twhile (1) cpu_relax();", &[busy, "a loop there", "exercise.c:12, in"]);
    let sleeps = "it is in finit_module(2), and sleeps until its time is up";
    tries("\twhile (1)\n\t\tmsleep(1000);", &["still running after 8 s", sleeps, "exercise.c:12, in exercise_init"]);
    learner.goes_on(KERNEL);
}

#[test]
fn a_check_that_waits_for_ever_is_told_and_so_is_what_it_has_found() {
    let learner = Learner::new();
    learner.goes_on(KERNEL);
    let text = fs::read_to_string(learner.file(KERNEL)).expect("read");
    // Whoever writes keeps the mutex, and the next reader never gets it.
    let leaves = text.replacen("\tif (!err)\n\t\twake_up", "\tmutex_lock(&box_lock);\n\n\tif (!err)\n\t\twake_up", 1);
    assert_ne!(leaves, text);
    let found = "a letter has been in the box for a while, and its reader sleeps";
    let waits = "in read(2) of /dev/exercise, and waits for a mutex";
    learner
        .tries(KERNEL, &leaves)
        .expect(1, &[found, "the check hangs", waits, "in box_read:\n", "mutex_lock(&box_lock)"]);
}

#[test]
fn a_module_that_panics_or_stays_is_told() {
    let learner = Learner::new();
    learner.tries(KERNEL, &module("\tpanic(\"planted\");")).expect(1, &["Kernel panic - not syncing: planted"]);
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
    let busy = "has been busy in the kernel, and lets nobody else run";
    learner
        .tries(KERNEL, &module(flood))
        .expect(1, &["insmod exercise.ko hangs", busy, "in exercise_init:", "pr_info"]);
    learner.goes_on(KERNEL);
}

#[test]
fn what_the_compiler_says_of_a_module_has_no_lines_of_make_and_no_advice_for_programs() {
    let learner = Learner::new();
    let warned = learner.tries(KERNEL, &module("\tint unused;"));
    warned.expect(1, &["open /dev/exercise", "The compiler had warned", "exercise.c:11:13: warning: unused variable"]);
    let printf = learner.tries(KERNEL, &module("\tprintf(\"hello\\n\");"));
    printf.expect(1, &["exercise.c:11:9: error: implicit declaration", "pr_info"]);
    for said in [&warned.stdout, &printf.stdout] {
        assert!(!["CC [M]", "make", "MODPOST", "stdio.h"].iter().any(|noise| said.contains(noise)), "{said}");
    }
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
    let crash = learner.tries(
        USER,
        &program("println!(\"I am here\");\nunsafe { std::ptr::null_mut::<u8>().write_volatile(1) };\nOk(())"),
    );
    crash.expect(
        1,
        &["killed by SIGSEGV", "exercise.rs:5, in write_all:", "write_volatile(1)", "It had printed", "I am here"],
    );
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
    // What passed once and does not pass now is not explained by its solution.
    fs::write(learner.file(USER), &mine).expect("write");
    let again = learner.run(&["verify", USER]);
    again.expect(1, &["only a part of the bytes has arrived", "cargo lab hint"]);
    assert!(!again.stdout.contains("The loop takes"), "{}", again.stdout);
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
