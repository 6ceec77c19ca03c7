//! Children that have ended, told of by SIGCHLD.

use nix::{
    Result,
    sys::{
        signalfd::SignalFd,
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
};

/// Which children have ended since the last call, and how. `news` is a signalfd(2) for SIGCHLD that does not block. A child
/// that still runs is not waited for; that there is no child is no error.
pub fn reap(news: &SignalFd) -> Result<Vec<WaitStatus>> {
    let mut ended = Vec::new();
    while news.read_signal()?.is_some() {
        ended.push(waitid(Id::All, WaitPidFlag::WEXITED)?);
    }
    Ok(ended)
}
