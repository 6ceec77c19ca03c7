//! What a compiler may take, whatever it is given to compile: a constant that is computed for ever, or a macro that becomes more
//! and more, ends with an error.

use nix::sys::resource::{Resource, setrlimit};
use std::{io, os::unix::process::CommandExt, process::Command};

/// Seconds of a processor for each process; what takes longest here takes a twentieth.
const TIME: u64 = 120;

/// Bytes of memory for each process.
const MEMORY: u64 = 3 << 30;

/// Has the limits hold for a command and for all that it starts: setrlimit(2).
pub fn limit(command: &mut Command) -> &mut Command {
    let set = || {
        setrlimit(Resource::RLIMIT_CPU, TIME, TIME)?;
        setrlimit(Resource::RLIMIT_DATA, MEMORY, MEMORY).map_err(io::Error::from)
    };
    // SAFETY: setrlimit(2) is a system call and nothing else, and so may be made between fork(2) and execve(2).
    unsafe { command.pre_exec(set) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_has_them() {
        let output = limit(Command::new("sh").args(["-c", "ulimit -t; ulimit -d"])).output().expect("start sh");
        let kib = MEMORY >> 10;
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{TIME}\n{kib}\n"));
    }
}
