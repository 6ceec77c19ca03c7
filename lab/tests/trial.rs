//! `cargo lab try` on modules as people have them: each is built, judged and blamed as its author would expect.

mod tool;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tool::{Outcome, lab, outcome, planted};

/// A planted module's folder.
fn module(name: &str) -> String {
    planted().join("modules").join(name).display().to_string()
}

/// `cargo lab try MODULE ARGUMENTS`.
fn try_it(name: &str, arguments: &[&str]) -> Outcome {
    outcome(lab(&["try", &module(name)]).args(arguments))
}

/// A copy of a planted folder that a test may change.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("tempdir");
    let copied = Command::new("cp").arg("-r").arg(module(name)).arg(folder.path()).status().expect("start cp");
    assert!(copied.success(), "copy {name}");
    let path = folder.path().join(name);
    (folder, path)
}

/// The names of all that is in a folder, and when each was changed.
fn state(folder: &Path) -> Vec<(PathBuf, Option<std::time::SystemTime>)> {
    let entries = fs::read_dir(folder).expect("read").flatten();
    let mut found: Vec<_> = entries
        .flat_map(|entry| {
            let changed = entry.metadata().ok().and_then(|metadata| metadata.modified().ok());
            let below =
                if entry.path().is_dir() && !entry.path().is_symlink() { state(&entry.path()) } else { Vec::new() };
            [(entry.path(), changed)].into_iter().chain(below)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_modules_own_make_sees_the_labs_kernel_and_its_folder_stays_as_it_is() {
    let (_folder, path) = copy("own-make");
    let before = state(&path);
    let first = outcome(lab(&["try"]).arg(&path));
    first.expect(0, &["build    ok", "own: a header of its own, made on the way, greeting none", "clean    ok"]);
    // What a variable says reaches the compiler.
    outcome(lab(&["try"]).arg(&path).args(["--make", r#"MORE=-DGREETING=\\\"hello\\\""#]))
        .expect(0, &["greeting hello"]);
    assert_eq!(state(&path), before);
    // Nor is anything else: objcopy(1), told to write to /dev/stdout, replaces that by a file if root lets it.
    assert!(fs::symlink_metadata("/dev/stdout").is_ok_and(|metadata| metadata.is_symlink()));
    // The next build has what was saved since.
    fs::write(path.join("words.txt"), "made again").expect("write");
    outcome(lab(&["try"]).arg(&path)).expect(0, &["own: a header of its own, made again, greeting none"]);
    // For the other kernel, `uname -r` is another.
    outcome(lab(&["try"]).arg(&path).args(["--kernel", "6.1"])).expect(1, &["uname says another release"]);
}

#[test]
fn modules_that_use_each_others_symbols_are_built_and_loaded_in_order() {
    try_it("neighbours/caller", &[]).expect(0, &["the neighbour says 42", "clean    ok"]);
    let both = outcome(&mut lab(&["try", &module("neighbours/provider"), &module("neighbours/caller")]));
    both.expect(0, &["the neighbour says 42"]);
    try_it("nested", &[]).expect(0, &["from below 42", "clean    ok"]);
    let wrong = try_it("nested", &["--order", "above,below"]);
    wrong.expect(1, &["load     FAILED", "above uses what no loaded module exports", "below_number"]);
    try_it("nested", &["--order", "abvoe"]).expect(2, &["did you mean above?"]);
}

#[test]
fn dkms_builds_as_its_conf_says() {
    try_it("packaged", &[]).expect(0, &["build    ok", "clean    ok"]);
}

#[test]
fn what_only_more_warnings_would_find_is_advice() {
    // A copy, because a compiler says it only when it compiles.
    let (_folder, path) = copy("strict");
    let said = ["build    ok", "warning: variable 'x' set but not used", "clean    ok"];
    outcome(lab(&["try"]).arg(&path)).expect(0, &said);
}

#[test]
fn a_module_that_is_built_already_is_taken_as_it_is() {
    let (_folder, path) = copy("strict");
    outcome(lab(&["try"]).arg(&path)).expect(0, &[]);
    // The author's build: what it leaves in the folder is nobody's source, whoever may have changed it.
    let kernel = tool::real_cache().join("kernels/6.12/build");
    let make =
        Command::new("make").arg("-C").arg(&kernel).arg(format!("M={}", path.display())).output().expect("start make");
    assert!(make.status.success(), "{}", String::from_utf8_lossy(&make.stderr));
    outcome(lab(&["try"]).arg(path.join("strict.ko"))).expect(0, &["load     ok", "clean    ok"]);
    outcome(lab(&["try"]).arg(path.join("strict.ko")).args(["--kernel", "6.1"]))
        .expect(1, &["strict.ko was built for Linux 6.12", "`--kernel 6.12`"]);
    fs::write(path.join("old.ko"), "stale").expect("write");
    outcome(lab(&["try"]).arg(&path)).expect(0, &["load     ok", "clean    ok"]);
    fs::remove_file(path.join("Kbuild")).expect("remove");
    outcome(lab(&["try"]).arg(path.join("old.ko"))).expect(1, &["old.ko is no module"]);
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle_do_no_harm() {
    let (_folder, path) = copy("strict");
    symlink("user@host.1234:567", path.join(".#strict.c")).expect("link");
    symlink("..", path.join("up")).expect("link");
    symlink(&path, path.join("self")).expect("link");
    outcome(lab(&["try"]).arg(&path)).expect(0, &["build    ok", "clean    ok"]);
}

#[test]
fn who_does_not_build_says_why() {
    let missing = try_it("missing", &[]);
    missing.expect(1, &["build    FAILED", "No rule to make target", "missing.o"]);
    try_it("bus", &[]).expect(1, &["module_i2c_driver() needs CONFIG_I2C, which is not on in Linux 6.12"]);
    let bare = tempfile::tempdir().expect("tempdir");
    outcome(lab(&["try"]).arg(bare.path())).expect(2, &["no Makefile", "obj-m := NAME.o"]);
    outcome(&mut lab(&["try", &module("neighbours")])).expect(2, &["cargo lab try"]);
}

#[test]
fn what_is_left_behind_is_named() {
    try_it("left-proc", &[]).expect(1, &["unload   ok", "clean    FAILED", "/proc/left_behind is still there"]);
    let mapped = "memory was not given back: 65536 bytes, in 1 piece, that left_mapping mapped in left-mapping.c:13";
    try_it("left-mapping", &["--kernel", "all"]).expect(1, &[mapped]);
    try_it("left-memory", &[]).expect(1, &["memory was not given back: 3072 bytes, in 3 pieces", "left-memory.c:19"]);
    try_it("left-thread", &[]).expect(1, &["its thread left_worker is still running"]);
    try_it("left-timer", &[]).expect(1, &["a timer of left_timer was still pending, which calls left-timer.c:"]);
    try_it("left-work", &[]).expect(1, &["delayed work of left_work was still queued"]);
}

#[test]
fn who_does_not_load_or_unload_is_blamed_and_told_why() {
    try_it("suspicious", &[]).expect(1, &["load     FAILED", "suspiciously returned 243", "negative number"]);
    try_it("no-exit", &[]).expect(1, &["unload   FAILED", "no_exit has no exit function"]);
    try_it("waits", &[]).expect(1, &["load     FAILED", "still running after 10 s", "waits_init() at waits.c:"]);
    try_it("spins", &[]).expect(1, &["unload   FAILED", "still running after 10 s", "spins.c:"]);
    let planted = |name: &str| outcome(&mut lab(&["try", &planted().join("kmods").join(name).display().to_string()]));
    planted("sound")
        .expect(0, &["build    ok", "load     ok", "crossings_sound: loaded", "unload   ok", "clean    ok"]);
    planted("warns").expect(0, &["unused variable", "unload   ok"]);
    planted("oops").expect(1, &["load     FAILED", "NULL pointer dereference", "oops.c:", "WRITE_ONCE(*nowhere, 1);"]);
    planted("panic").expect(1, &["load     FAILED", "Kernel panic - not syncing: planted"]);
    planted("stuck").expect(1, &["unload   FAILED", "crossings_stuck is in use"]);
    outcome(&mut lab(&["try", "/nonexistent"])).expect(2, &["/nonexistent is not there"]);
}

#[test]
fn a_program_of_ones_own_runs_between_load_and_unload_and_its_exit_code_is_that_of_the_run() {
    let script = module("given/test.sh");
    let beside = module("given/beside.txt");
    let run = |arguments: &[&str]| {
        let given = ["--param", "word=hello", "--put", &beside, "--run", &script];
        try_it("given", &[&given[..], arguments].concat())
    };
    run(&["hello"]).expect(0, &["the device says hello", "run      ok", "clean    ok"]);
    run(&["hello", "7"]).expect(7, &["run      FAILED", "exit status 7", "clean    ok"]);
    run(&["other"]).expect(3, &["run      FAILED"]);
    try_it("given", &["--param", "wrod=hello"]).expect(2, &["no module here has a parameter wrod", "given.word"]);
    try_it("given", &["--firmware", &module("given/firmware")]).expect(0, &["given: firmware of 7 bytes"]);
    try_it("given", &["--with", "loop", "--run", "ls", "/sys/module/loop"]).expect(0, &["parameters"]);
    // A program of the host's, with its libraries.
    try_it("given", &["--run", "/bin/true"]).expect(0, &["run      ok"]);
    try_it("given", &["--run", "./nowhere"]).expect(2, &["there is no program ./nowhere"]);
}

#[test]
fn results_are_told_in_the_forms_that_machines_read() {
    let ktap = try_it("strict", &["--ktap"]);
    ktap.expect(0, &["KTAP version 1\n1..4\nok 1 build.6.12\nok 2 load.6.12\nok 3 unload.6.12\nok 4 clean.6.12\n"]);
    let json = try_it("no-exit", &["--json"]);
    let steps: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(
        (json.code, &steps[2]["name"], &steps[2]["verdict"]),
        (Some(1), &"unload".into(), &"failed".into()),
        "{steps}"
    );
    try_it("no-exit", &["--junit"]).expect(1, &[r#"errors="0" failures="1""#, "has no exit function"]);
}

#[test]
fn it_works_from_any_folder() {
    let (_folder, path) = copy("strict");
    let mut command = lab(&["try", "."]);
    outcome(command.current_dir(&path).env_remove("CROSSINGS_ROOT")).expect(0, &["clean    ok"]);
    outcome(lab(&["log", "try"]).current_dir(&path).env_remove("CROSSINGS_ROOT"))
        .expect(0, &["strict: loading out-of-tree module"]);
}

#[test]
fn gdb_is_told_where_the_sections_are_that_a_module_has() {
    // One without a function that outlives its init, but for the exit function.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let port = free.port().to_string();
    let said = try_it("own-make", &["--gdb", &port]);
    said.expect(0, &[&format!("target remote localhost:{port}"), "own.ko -s .exit.text 0xffffffff", "clean    ok"]);
}

#[test]
fn nonsense_finds_a_request_that_trusts_its_caller() {
    let hostile = try_it("careless", &["--hostile"]);
    let line = "careless.c:16, in careless_ioctl";
    hostile.expect(1, &["load     ok", "hostile  FAILED", "the kernel reported trouble", line, "--hostile=3 --seed"]);
    // Nothing to attack is no fault; and what is done to a sound module leaves it sound.
    try_it("nested", &["--hostile=1"]).expect(0, &["hostile  ok", "have made no file", "clean    ok"]);
    let sound = concat!(env!("CARGO_MANIFEST_DIR"), "/../kmods/ioctl");
    let sound = outcome(lab(&["try"]).arg(sound).args(["--hostile=2", "--seed", "1"]));
    sound.expect(0, &["hostile  ok", "files: 1; requests of ioctl(2): 4", "clean    ok"]);
    try_it("nested", &["--seed", "1"]).expect(2, &["--hostile"]);
}

#[test]
fn one_table_tells_what_all_checkers_say() {
    let module = module("unstyled");
    let checked = outcome(&mut lab(&["check", &module, "--kernel", "6.12,6.1"]));
    checked.expect(
        1,
        &[
            "checkpatch FAILED",
            "unstyled.c:1: WARNING:SPDX_LICENSE_TAG",
            "sparse   FAILED",
            "unstyled.c:8:24: warning: incorrect type in initializer",
            "            6.12          6.1\ncheckpatch  FAILED\nsparse      FAILED\nbuild       ok            ok\n",
            "clean       ok            ok",
        ],
    );
    let json = outcome(&mut lab(&["check", &module, "--kernel", "6.12", "--json"]));
    let reports: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((&reports[0]["name"], &reports[0]["verdict"]), (&"checkpatch".into(), &"failed".into()), "{reports}");
}
