//! Where a cell is that is interrupted, for a reader who wonders what it waits for.

use crate::{notebooks::relay::modules::Modules, vm::guest::Guest};
use agent::Request;
use std::time::Duration;
use syscalls::Sysno;

/// How long the guest may take to say it. Somebody waits who has asked for the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// With this letter the kernel logs what its busy processors do: `Documentation/admin-guide/sysrq.rst`.
const BUSY: char = 'l';

/// Says where the threads of `program` are: in which system calls, and in which line of the notebook's modules. Nothing of
/// those that are in the program itself.
pub fn place(guest: &mut Guest, program: &str, modules: &Modules) -> Option<String> {
    guest.set_patience(PATIENCE);
    let stacks = match guest.stacks(program) {
        Ok(stacks) => stacks,
        Err(_) => return Some("The guest did not answer any more.".into()),
    };
    let (calls, runs) = calls(&stacks);
    let mut told: Vec<String> = calls;
    let mut report = stacks;
    if runs {
        let before = guest.log().len();
        if guest.ask(Request::Sysrq { key: BUSY }).is_ok() {
            let _ = guest.settled_log();
            report += guest.log().get(before..).unwrap_or_default();
        }
    }
    told.extend(modules.place(&report));
    (!told.is_empty()).then(|| told.join("\n"))
}

/// What the threads sleep in, from the agent's lines, and whether one runs: in the program or in the kernel, it does not say.
fn calls(stacks: &str) -> (Vec<String>, bool) {
    let mut calls = Vec::new();
    let mut lines = stacks.lines().peekable();
    let mut runs = false;
    while let Some(line) = lines.next() {
        let Some((name, call)) = line.strip_prefix("thread ").and_then(|line| line.split_once(", syscall ")) else {
            continue;
        };
        let Some(number) = call.split(' ').next().and_then(|number| number.parse().ok()) else {
            runs |= call == "running";
            continue;
        };
        let call = Sysno::new(number).map_or_else(|| format!("system call {number}"), |call| format!("{call}(2)"));
        // `[<0>] FUNCTION+0xOFFSET/0xLENGTH`
        let function = lines.peek().and_then(|line| line.split_once("] ")?.1.split('+').next());
        let function = function.map(|function| format!(", asleep in {function}")).unwrap_or_default();
        calls.push(format!("The thread {name} was in {call}{function}."));
    }
    (calls, runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_name_and_the_function_that_sleeps() {
        let stacks = "thread cell, syscall 61 0xffffffff 0x7ffe\n[<0>] do_wait+0x60/0x110\n[<0>] kernel_wait4+0xb4/0x140\n\
                      thread reader, syscall 100000 0x0\nthread busy, syscall running\n";
        let (calls, runs) = calls(stacks);
        assert_eq!(
            calls,
            ["The thread cell was in wait4(2), asleep in do_wait.", "The thread reader was in system call 100000."]
        );
        assert!(runs);
        assert!(!super::calls("thread cell, syscall 0 0x0\n").1);
    }
}
