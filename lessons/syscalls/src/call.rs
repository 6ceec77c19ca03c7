//! A system call, in words.

use crate::tracer::Event;
use std::fmt;
use syscalls::{Errno, Sysno};

/// A call as the kernel gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which one.
    pub number: u64,
    /// Six registers. A call that takes fewer arguments does not look at the rest.
    pub arguments: [u64; 6],
}

impl Call {
    /// Its name, if it has one.
    pub fn name(&self) -> Option<Sysno> {
        Sysno::new(self.number as usize)
    }

    /// How many arguments it takes. The kernel does not tell, so this knows a few by heart.
    fn count(&self) -> usize {
        match self.name().map_or("", |call| call.name()) {
            "getpid" | "getppid" | "rt_sigreturn" | "sigreturn" => 0,
            "brk" | "close" | "exit_group" => 1,
            "arch_prctl" | "clock_gettime" | "fstat" | "getpriority" | "munmap" => 2,
            "socketcall" => 2,
            "execve" | "lseek" | "mprotect" | "open" | "poll" | "read" | "write" => 3,
            "newfstatat" | "openat" | "readlinkat" | "rt_sigaction" | "rt_sigprocmask" => 4,
            _ => 6,
        }
    }
}

// ANCHOR: show
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name}")?,
            None => write!(f, "call {}", self.number)?,
        }
        let arguments = &self.arguments[..self.count()];
        write!(f, "({})", arguments.iter().map(argument).collect::<Vec<_>>().join(", "))
    }
}

/// A register holds a number or an address, and does not say which. Small ones are numbers.
fn argument(register: &u64) -> String {
    let number = *register as i32;
    match register >> 32 {
        0 | 0xffff_ffff if (-4096..1 << 22).contains(&number) => number.to_string(),
        _ => "address".to_owned(),
    }
}

/// A result, with the name of the errno if it is one.
pub fn outcome(result: i64) -> String {
    let name = Errno::new(-result as i32).name();
    match result {
        -4095..=-1 => format!("{result} {}", name.unwrap_or("?")),
        _ => result.to_string(),
    }
}
// ANCHOR_END: show

/// Turns events into lines: one for each call, signal and end.
#[derive(Default)]
pub struct Lines {
    inside: Option<Call>,
}

impl Lines {
    /// The line that `event` completes, if it does complete one.
    pub fn line(&mut self, event: &Event) -> Option<String> {
        let inside = || self.inside.map(|call| call.to_string()).unwrap_or_default();
        match event {
            Event::Enters(call) => {
                self.inside = Some(*call);
                None
            }
            Event::Leaves(result) => {
                let line = format!("{} = {}", inside(), outcome(*result));
                self.inside = None;
                Some(line)
            }
            Event::Signal(signal) => Some(format!("--- {signal}")),
            Event::Ended(status) => {
                Some(format!("{}: {}", inside(), crate::child::ended(*status)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn a_call_is_shown_with_its_name_and_as_many_arguments_as_it_takes() {
        let call =
            Call { number: 257, arguments: [0xffff_ff9c, 0x7fff_0000_0000, 0, 0, 1, 1] };
        assert_eq!(call.to_string(), "openat(-100, address, 0, 0)");
    }

    #[test]
    fn a_result_is_an_errno_only_just_below_zero() {
        assert_eq!(outcome(-512), "-512 ERESTARTSYS");
        assert_eq!(outcome(-2), "-2 ENOENT");
        assert_eq!(outcome(-4096), "-4096");
        assert_eq!(outcome(3), "3");
    }
}
