//! Lessons and modules that misbehave, each in a real VM: the lab names the fault and exits with 1, or with 69 where
//! nobody can tell what would have happened.

mod tool;

use tool::{lab, outcome};

/// `cargo lab run SLUG`.
fn run(slug: &str) -> tool::Outcome {
    outcome(&mut lab(&["run", slug]))
}

#[test]
fn a_sound_lesson_passes_on_both_kernels_and_in_every_form() {
    let kernels = ["--kernel", "6.12", "--kernel", "6.1"];
    outcome(lab(&["run", "sound"]).args(kernels)).expect(0, &["ok     sound on Linux 6.12", "2 passed, 0 failed"]);
    outcome(&mut lab(&["run", "sound", "--ktap", "--kernel", "6.12,6.1"]))
        .expect(0, &["KTAP version 1\n1..2\nok 1 sound.6.12\nok 2 sound.6.1\n"]);
    let json = outcome(lab(&["run", "sound", "--json"]).args(kernels));
    let reports: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(reports[0]["verdict"], "passed", "{reports}");
    assert_eq!(reports[1]["kernel"], "6.1", "{reports}");
}

#[test]
fn a_booted_guest_does_what_a_clone_does() {
    outcome(&mut lab(&["run", "sound", "--boot"])).expect(0, &["1 passed, 0 failed"]);
}

#[test]
fn printing_more_is_shown_as_a_difference() {
    run("more").expect(1, &["first run: the output differs", "+ two"]);
}

#[test]
fn printing_less_is_shown_as_a_difference() {
    run("less").expect(1, &["first run: the output differs", "- two"]);
}

#[test]
fn printing_for_ever_is_stopped() {
    run("flood").expect(1, &["printed more than", "and was killed", "+ one"]);
}

#[test]
fn a_lesson_that_never_ends_is_given_up_and_located() {
    let place = ["the last it printed was `waiting`", "thread endless, in futex(2)", "futex_wait"];
    run("endless").expect(69, &["/root/endless", "still running after 20 s", place[0], place[1], place[2]]);
}

#[test]
fn a_time_out_counts_what_a_guest_has_had_and_not_what_it_waited() {
    // Loading takes over 10 s by the wall, which is more than it may, and 1 s of the guest's own time.
    outcome(lab(&["run", "drowsy"]).env("CROSSINGS_SLOWDOWN", "20")).expect(0, &["1 passed"]);
}

#[test]
fn a_hardship_that_is_none_is_refused() {
    outcome(lab(&["run", "sound"]).env("CROSSINGS_SLOWDOWN", "much")).expect(2, &["CROSSINGS_SLOWDOWN=much"]);
}

#[test]
fn a_crash_after_the_right_output_is_a_failure() {
    run("crash").expect(1, &["exit status 101", "planted"]);
}

#[test]
fn a_second_run_that_differs_is_a_failure() {
    run("twice").expect(1, &["second run: the output differs", "+ first: false"]);
}

#[test]
fn a_cost_that_differs_wildly_is_shown_and_not_compared() {
    run("moody").expect(0, &["1 passed, 0 failed"]);
    let cost = outcome(&mut lab(&["dev", "output", "moody", "--part", "the cost"]));
    cost.expect(
        0,
        &["a call     ≈    2 ns\nanother    ≈ 12.5  s  ≈ 123456 times the top row\nmeasured on Linux 6.12 by "],
    );
}

#[test]
fn a_figure_in_a_golden_file_is_a_failure() {
    run("raw").expect(1, &["first run: the output differs", "- a call  ≈  312 ns", "+ a call  ≈ …"]);
}

#[test]
fn a_lesson_without_a_golden_file_is_a_failure() {
    run("unblessed").expect(1, &["expected.txt is missing", "cargo lab dev bless unblessed"]);
}

#[test]
fn a_lesson_that_does_not_compile_is_a_failure() {
    run("typo").expect(1, &["cannot find macro `printn`"]);
}

#[test]
fn an_oops_at_load_is_shown() {
    run("oops").expect(1, &["BUG: kernel NULL pointer dereference", "oops_init", "insmod /root/crossings_oops.ko"]);
}

#[test]
fn a_hang_at_load_is_given_up_and_located() {
    run("hang").expect(69, &["insmod", "still running after 10 s"]);
    outcome(&mut lab(&["log", "hang"])).expect(0, &["hang_init"]);
}

#[test]
fn a_guest_that_stands_still_is_given_up_and_located() {
    run("frozen").expect(69, &["insmod", "still running after 10 s", "does not say where it stands", "CPU#1", "RIP="]);
}

#[test]
fn a_module_that_does_not_unload_is_a_failure() {
    run("stuck").expect(1, &["rmmod crossings_stuck failed", "EAGAIN"]);
}

#[test]
fn a_panic_is_the_modules_fault() {
    run("panic").expect(1, &["Kernel panic - not syncing: planted"]);
}

#[test]
fn a_warning_of_the_compiler_is_a_failure() {
    // The second time, too, when make has nothing to do any more.
    for _ in 0..2 {
        run("warns").expect(1, &["kmods/warns builds with warnings", "unused variable"]);
    }
}

#[test]
fn one_failure_does_not_stop_the_others() {
    outcome(&mut lab(&["run", "more", "sound", "less"])).expect(1, &["1 passed, 2 failed"]);
}

#[test]
fn an_unknown_lesson_is_refused_with_the_known_ones() {
    outcome(&mut lab(&["run", "nonsense"])).expect(2, &["no lesson \"nonsense\"", "sound"]);
}

#[test]
fn blessing_is_refused_in_ci() {
    outcome(lab(&["dev", "bless", "sound"]).env("CI", "true")).expect(2, &["CI checks golden files"]);
}

#[test]
fn a_leak_and_a_damaged_module_are_found_by_soaking() {
    outcome(&mut lab(&["dev", "soak", "leak"]))
        .expect(1, &["200 loads and unloads cost", "kmalloc-64", "hostile program: exit status 101"]);
}

#[test]
fn a_program_of_the_host_runs_in_the_guest_and_busybox_still_does() {
    run("borrow").expect(0, &["1 passed"]);
}

#[test]
fn a_real_time_signal_ends_a_lesson_like_any_other() {
    run("realtime").expect(1, &["killed by signal 40"]);
}
