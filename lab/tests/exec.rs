//! `cargo lab exec`: a program of the user's runs on a fresh kernel as it would here.

mod tool;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};
use tool::{Cache, Outcome, finished, lab, outcome, planted, terminal::Terminal};

/// `cargo lab exec ARGUMENTS`.
fn exec(arguments: &[&str]) -> Command {
    lab(&[&["exec"], arguments].concat())
}

/// A file in a folder of the test's.
fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("write");
    path.display().to_string()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("tempdir")
}

#[test]
fn a_command_of_the_guests_has_its_arguments_its_streams_and_its_exit_code() {
    let Outcome { code, stdout, stderr } =
        outcome(&mut exec(&["--env", "WORD=two words", "sh", "-c", "echo \"$WORD\"; echo aside >&2; exit 7"]));
    assert_eq!((code, stdout.as_str()), (Some(7), "two words\n"), "{stderr}");
    // Before it, the tool may have said for whom it waits.
    assert!(stderr.ends_with("aside\n"), "{stderr}");
    let here = outcome(Command::new("uname").arg("-r").stdout(Stdio::piped()).stderr(Stdio::piped())).stdout;
    let there = outcome(&mut exec(&["--kernel", "6.1", "uname", "-r"]));
    there.expect(0, &["6.1."]);
    assert_ne!(there.stdout, here);
}

#[test]
fn standard_input_goes_in_whole_and_its_end_too() {
    let folder = folder();
    let text = "a line of some length\n".repeat(20_000);
    let path = file(&folder, "text", &text);
    let copied = outcome(exec(&["cat"]).stdin(File::open(&path).expect("open")));
    assert!(copied.code == Some(0) && copied.stdout == text, "{} bytes came back", copied.stdout.len());
}

#[test]
fn a_program_of_the_hosts_takes_its_libraries_along() {
    // Debian links it dynamically, with libraries that the guest has not.
    let program = "/usr/bin/file";
    let program = if Path::new(program).exists() { program } else { "/usr/bin/perl" };
    outcome(&mut exec(&[program, "--version"])).expect(0, &[]);
}

#[test]
fn a_source_in_c_is_compiled_and_what_the_compiler_says_is_heard() {
    let folder = folder();
    let good = "#include <stdio.h>\n#include <sys/utsname.h>\nint main(int argc, char **argv)\n{\n\tstruct utsname name;\n\n\
        \tuname(&name);\n\tprintf(\"%s %s\\n\", argv[1], name.sysname);\n\treturn argc;\n}\n";
    outcome(&mut exec(&[&file(&folder, "good.c", good), "--on"])).expect(2, &["--on Linux"]);
    outcome(&mut exec(&[&file(&folder, "bad.c", "int main(void) { return x; }\n")]))
        .expect(1, &["bad.c:1", "does not compile"]);
}

#[test]
fn files_go_where_they_are_said_to_and_stock_modules_are_loaded() {
    let folder = folder();
    let here = file(&folder, "words.txt", "some words\n");
    let there = format!("{here}:/tmp/there/words");
    let script = "cat words.txt /tmp/there/words; ls /sys/module | grep -w loop";
    outcome(&mut exec(&["--put", &here, "--put", &there, "--with", "loop", "sh", "-c", script]))
        .expect(0, &["some words\nsome words\nloop\n"]);
    outcome(&mut exec(&["--put", "/nowhere/x", "true"])).expect(2, &["there is no /nowhere/x"]);
    outcome(&mut exec(&["--with", "no_such_module", "true"])).expect(2, &["no_such_module"]);
}

#[test]
fn what_is_not_there_is_the_users_mistake() {
    outcome(&mut exec(&["./nowhere"])).expect(2, &["there is no program ./nowhere"]);
    outcome(&mut exec(&["nowhere"])).expect(2, &["nowhere: No such file"]);
    outcome(&mut exec(&["--env", "WORD", "true"])).expect(2, &["it wants NAME=VALUE"]);
}

#[test]
fn a_kernel_in_trouble_is_no_success() {
    let oops = "echo EXCEPTION > /sys/kernel/debug/provoke-crash/DIRECT";
    let warning =
        format!("mount -t debugfs none /sys/kernel/debug 2>/dev/null; {oops} || echo c > /proc/sysrq-trigger");
    outcome(&mut exec(&["sh", "-c", &warning])).expect(1, &["the kernel reported trouble"]);
}

#[test]
fn signals_reach_the_program_and_the_second_ends_all() {
    let mut lab = exec(&["sh", "-c", "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 1; done"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("start lab");
    let mut said = BufReader::new(lab.stdout.take().expect("its output"));
    let mut line = String::new();
    said.read_line(&mut line).expect("read");
    assert_eq!(line, "ready\n");
    let pid = Pid::from_raw(lab.id() as i32);
    kill(pid, Signal::SIGTERM).expect("kill");
    said.read_line(&mut line).expect("read");
    assert_eq!(line, "ready\ncaught\n");
    assert_eq!(lab.wait().expect("wait").code(), Some(9));
    let mut stubborn = exec(&["sh", "-c", "trap 'echo heard' INT; echo ready; while :; do sleep 1; done"]);
    let mut lab = stubborn.stdin(Stdio::piped()).spawn().expect("start lab");
    let mut said = BufReader::new(lab.stdout.take().expect("its output")).lines().map(|line| line.expect("read"));
    let pid = Pid::from_raw(lab.id() as i32);
    for line in ["ready", "heard"] {
        assert_eq!(said.next().as_deref(), Some(line));
        kill(pid, Signal::SIGINT).expect("kill");
    }
    assert_eq!(lab.wait().expect("wait").code(), Some(128 + Signal::SIGINT as i32));
}

#[test]
fn at_a_terminal_the_program_has_one() {
    let mut user = Terminal::open(exec(&["sh", "-c", "stty size; read line; echo got $line"]), 33, 77);
    user.sees("33 77");
    user.types("typed\r");
    user.sees("got typed");
    finished(user.program).expect(0, &[]);
}

#[test]
fn cargo_runs_tests_in_it() {
    let folder = folder();
    fs::create_dir(folder.path().join("src")).expect("mkdir");
    file(&folder, "Cargo.toml", "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n");
    let test = "#[test]\nfn it_is_root_there() {\n    let id = std::fs::read_to_string(\"/proc/self/status\").expect(\"read\");\n    \
        assert!(id.contains(\"Uid:\\t0\\t\"));\n    assert!(std::fs::read_to_string(\"/proc/1/comm\").expect(\"read\") == \"init\\n\");\n}\n\n\
        #[test]\nfn it_fails() {\n    panic!(\"planted\");\n}\n";
    file(&folder, "src/lib.rs", test);
    let runner = format!("{} exec", env!("CARGO_BIN_EXE_lab"));
    let cargo = |filter: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--quiet", "--lib", filter]).current_dir(folder.path()).stdin(Stdio::null());
        cargo
            .env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", &runner)
            .env("CARGO_TARGET_DIR", folder.path().join("target"));
        outcome(cargo.stdout(Stdio::piped()).stderr(Stdio::piped()))
    };
    cargo("root").expect(0, &["1 passed"]);
    cargo("fails").expect(101, &["planted", "0 passed; 1 failed"]);
}

#[test]
fn a_tool_that_is_installed_needs_cargo_only_once() {
    let (folder, cache) = (folder(), Cache::new());
    let installed = folder.path().join("lab");
    // Not copied by us: whoever we start meanwhile would have the file open, and a program that is written to cannot be run.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_lab")).arg(&installed).status().expect("start cp");
    assert!(copied.success());
    let run = |cargo: &str, what: &[&str]| {
        let mut lab = Command::new(&installed);
        lab.args(what).env("CROSSINGS_CACHE", cache.0.path()).env("CARGO", cargo).current_dir(folder.path());
        outcome(lab.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
    };
    run("/nowhere/cargo", &["exec", "true"]).expect(69, &["start cargo"]);
    run(env!("CARGO"), &["exec", "echo", "once"]).expect(0, &["once"]);
    run("/nowhere/cargo", &["exec", "echo", "again"]).expect(0, &["again"]);
    run("/nowhere/cargo", &["shell"]).expect(0, &[]);
    let module = planted().join("modules/own-make").display().to_string();
    run("/nowhere/cargo", &["try", &module]).expect(0, &["clean    ok"]);
}
