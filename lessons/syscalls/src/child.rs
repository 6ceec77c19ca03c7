//! Processes of our own, for what would end this one.

use lesson::child::fork;
use nix::{
    Result,
    sys::wait::{WaitStatus, waitpid},
};

/// Does `work` in a child, and returns in words how that ended. The number that `work`
/// returns is the child's exit status.
pub fn run(work: impl FnOnce() -> i32) -> Result<String> {
    fork(work).and_then(|child| waitpid(child, None)).map(ended)
}

/// How a child ended, in words.
pub fn ended(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(_, code) => format!("ended with {code}"),
        WaitStatus::Signaled(_, signal, _) => format!("killed by {signal}"),
        other => format!("{other:?}"),
    }
}
