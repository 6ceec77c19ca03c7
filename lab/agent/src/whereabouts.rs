//! Where a program is and whether it gets on, as the guest tells it.

use serde::{Deserialize, Serialize};

/// How often a watched program is looked at in a second. Seconds are counted in naps: where the machine is busy, or is
/// stopped now and then, a nap takes longer, and never are there more of them.
pub const LOOKS: u32 = 4;

/// A program that has stood still for so many looks hangs.
pub const STILL: u32 = 3 * LOOKS;

/// A program that catches this signal answers it: each thread that gets it writes where it is into a file of [`ANSWERS`],
/// `/run/stack.TID`. The checks of exercises do (`lab/judge/src/stack.rs`).
pub const WHERE: i32 = 63;

/// How the names of the files begin that answer [`WHERE`].
pub const ANSWERS: &str = "/run/stack.";

/// Where a thread is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its name.
    pub name: String,
    /// The system call in which it is, unless it runs.
    pub call: Option<SystemCall>,
    /// The top of its stack in the kernel, the innermost function first, as `pipe_read+0x2c5/0x420` or
    /// `box_read+0x5f/0x120 [exercise]`.
    pub kernel: Vec<String>,
    /// Its stack in the program, the innermost place first, as distances from the program's start. Only of a program that
    /// answers [`WHERE`].
    pub program: Vec<u64>,
}

/// A system call in which a thread sleeps; see proc_pid_syscall(5).
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemCall {
    /// Its number.
    pub number: u64,
    /// The file that its first argument names, if that is a descriptor.
    pub file: Option<String>,
}

/// How a watched program gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// Something of it has run.
    Moves,
    /// For so many looks, nothing of it and of what it has started has run.
    Sleeps(u32),
    /// For so many looks, a processor has done something else than to let those run who want it: it is in the kernel and
    /// does not come out.
    Stuck {
        /// Which.
        processor: u32,
        /// For so many.
        looks: u32,
    },
}
