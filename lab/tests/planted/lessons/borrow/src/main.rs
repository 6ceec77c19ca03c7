//! Runs a program of the host, and one of busybox, whose link the first has replaced.
use std::process::Command;

fn main() {
    let runs = |program: &str, flag: &str| Command::new(program).arg(flag).output().is_ok_and(|run| run.status.success());
    println!("mke2fs runs: {}", runs("/bin/mke2fs", "-V"));
    println!("busybox runs: {}", runs("/bin/ls", "/"));
}
