//! The shell in a guest, on a real pseudo-terminal: line editing, Ctrl-C, the terminal's size, and the way out.

mod tool;

use std::fs::File;
use tool::{finished, lab, outcome, terminal::Terminal, wait_for};

/// A shell in a guest, ready for its user.
fn shell(arguments: &[&str]) -> Terminal {
    let user = Terminal::open(lab(arguments), 33, 77);
    user.sees("lab:/root# ");
    user
}

/// Types, and waits until the answer is on the screen.
fn ask(user: &mut Terminal, keys: &str, answer: &str) {
    user.types(keys);
    user.sees(answer);
}

#[test]
fn a_user_edits_a_line_interrupts_a_program_and_leaves() {
    let mut user = shell(&["shell", "sound"]);
    ask(&mut user, "echo $((6*7))\r", "42");
    // Back three characters, and one more digit: line editing.
    ask(&mut user, "echo =13=\x1b[D\x1b[D\x1b[D2\r", "=213=");
    // The line before, from the history.
    ask(&mut user, "\x1b[A\r", "=213=");
    // The answer comes from the program itself, so that Ctrl-C finds it in the foreground.
    ask(&mut user, "sh -c 'echo $((6*9)); exec sleep 1000'\r", "54");
    ask(&mut user, "\x03", "lab:/root# ");
    ask(&mut user, "stty size\r", "33 77");
    ask(&mut user, "lsmod\r", "crossings_sound");
    ask(&mut user, "./sound\r", "loaded: true");
    user.types("exit 7\r");
    finished(user.program).expect(7, &[]);
}

#[test]
fn a_user_who_crashes_the_kernel_is_told_so() {
    let mut user = shell(&["shell"]);
    user.types("echo c > /proc/sysrq-trigger\r");
    user.sees("this kernel is gone, and nothing else");
    finished(user.program).expect(1, &[]);
}

#[test]
fn a_script_on_standard_input_runs_and_its_exit_code_comes_back() {
    let script = tempfile::tempdir().expect("tempdir");
    let path = script.path().join("script");
    std::fs::write(&path, "uname -s\nexit 3\n").expect("write");
    outcome(lab(&["shell"]).stdin(File::open(&path).expect("open"))).expect(3, &["Linux"]);
}

#[test]
fn a_script_longer_than_what_may_wait_for_the_shell_runs_to_its_end() {
    let script = tempfile::tempdir().expect("tempdir");
    let path = script.path().join("script");
    let line = format!(": $((n += 1)) # {}\n", "x".repeat(1000));
    std::fs::write(&path, line.repeat(3000) + "echo lines: $n\n").expect("write");
    outcome(lab(&["shell"]).stdin(File::open(&path).expect("open"))).expect(0, &["lines: 3000"]);
}

#[test]
fn a_terminal_that_goes_away_takes_along_a_program_that_does_not_read() {
    let mut user = shell(&["shell"]);
    // The answer comes from the program itself, so that what follows is not for the shell.
    ask(&mut user, "exec sh -c 'echo $((6*9)); exec sleep 1000'\r", "54");
    // Lines, because a terminal takes no end of one line; more than it holds.
    user.types(&"never read\r".repeat(20_000));
    let mut shell = user.hang_up();
    wait_for("the shell to end", || shell.try_wait().expect("wait").map(drop));
}

#[test]
fn a_terminal_that_goes_away_takes_the_shell_with_it() {
    let mut shell = shell(&["shell"]).hang_up();
    wait_for("the shell to end", || shell.try_wait().expect("wait").map(drop));
}
