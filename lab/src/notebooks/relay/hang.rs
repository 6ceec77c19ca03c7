//! Where a cell is that is interrupted, for a reader who wonders what it waits for.

use crate::{
    notebooks::relay::modules::Modules,
    vm::{guest::Guest, hung::doing},
};
use agent::{Request, Thread};
use std::time::Duration;

/// How long the guest may take to say it. Somebody waits who has asked for the end.
const PATIENCE: Duration = Duration::from_secs(1);

/// With this letter the kernel logs what its busy processors do: `Documentation/admin-guide/sysrq.rst`.
const BUSY: char = 'l';

/// Says where the threads of `program` are: in which system calls, and in which line of the notebook's modules. Nothing of
/// those that are in the program itself.
pub fn place(guest: &mut Guest, program: &str, modules: &Modules) -> Option<String> {
    guest.set_patience(PATIENCE);
    let Ok(threads) = guest.threads(program) else {
        return Some("The guest did not answer any more.".into());
    };
    let mut told: Vec<String> = threads.iter().filter_map(call).collect();
    let mut report: String =
        threads.iter().flat_map(|thread| &thread.kernel).map(|frame| format!("{frame}\n")).collect();
    // It may run in the kernel, and then only the log says where.
    if threads.iter().any(|thread| thread.call.is_none()) {
        let before = guest.log().len();
        if guest.ask(Request::Sysrq { key: BUSY }).is_ok() {
            let _ = guest.settled_log();
            report += guest.log().get(before..).unwrap_or_default();
        }
    }
    told.extend(modules.place(&report));
    (!told.is_empty()).then(|| told.join("\n"))
}

/// In which system call a thread sleeps, and in which function of the kernel's.
fn call(thread: &Thread) -> Option<String> {
    thread.call.as_ref()?;
    let function = thread.kernel.first().and_then(|frame| frame.split('+').next());
    let asleep = function.map(|function| format!(", asleep in {function}")).unwrap_or_default();
    Some(format!("The thread {} was {}{asleep}.", thread.name, doing(thread)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent::SystemCall;

    #[test]
    fn a_call_has_its_name_and_the_function_that_sleeps() {
        let thread = |number, kernel: &[&str]| Thread {
            name: "cell".into(),
            call: Some(SystemCall { number, file: None }),
            kernel: kernel.iter().map(ToString::to_string).collect(),
            program: vec![],
        };
        let sleeps = thread(61, &["do_wait+0x60/0x110", "kernel_wait4+0xb4/0x140"]);
        assert_eq!(call(&sleeps).as_deref(), Some("The thread cell was in wait4(2), asleep in do_wait."));
        assert_eq!(call(&thread(100_000, &[])).as_deref(), Some("The thread cell was in system call 100000."));
        assert_eq!(call(&Thread { call: None, ..sleeps }), None);
    }
}
