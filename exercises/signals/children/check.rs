//! Lets several children end before anybody looks, and others run on.

use crate::exercise::reap;
use judge::{Result, accepted, bail, ensure, equal, receive};
use lesson::child::fork;
use nix::{
    sys::{
        signal::{SigSet, Signal, kill},
        signalfd::{SfdFlags, SignalFd},
        wait::{Id, WaitPidFlag, WaitStatus, waitid},
    },
    unistd::{Pid, pause},
};
use std::{sync::mpsc, thread, time::Duration};

pub fn check() -> Result<()> {
    let mut news = SigSet::empty();
    news.add(Signal::SIGCHLD);
    news.thread_block()?;
    let news = SignalFd::with_flags(&news, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;

    equal("what reap returns before there was a child", outcome(&news)?, vec![])?;
    let children = [fork(|| 1)?, fork(|| 2)?, fork(|| 3)?];
    has_ended(&children)?;
    let ended = outcome(&news)?;
    ensure!(ended.len() >= 3, "three children have ended, and reap returns fewer than three");
    for (code, child) in (1..).zip(children) {
        ensure!(ended.contains(&WaitStatus::Exited(child, code)), "reap returns another status than the child's own");
    }
    equal("what reap returns when nothing has happened since", outcome(&news)?, vec![])?;

    let runs = fork(sleep)?;
    let ends = fork(|| 4)?;
    has_ended(&[ends])?;
    let ended = outcome(&news)?;
    kill(runs, Signal::SIGKILL)?;
    equal("what reap returns of a child that has ended and one that runs", ended, vec![WaitStatus::Exited(ends, 4)])?;
    has_ended(&[runs])?;
    equal("what reap returns of a child that was killed", outcome(&news)?, vec![killed(runs)])?;
    ensure!(
        news.read_signal()?.is_none(),
        "reap has returned, and the signal can still be read: a server that polls the signalfd is told again at once"
    );
    Ok(())
}

fn killed(child: Pid) -> WaitStatus {
    WaitStatus::Signaled(child, Signal::SIGKILL, false)
}

/// What `reap` returns, if it does so at once.
fn outcome(news: &SignalFd) -> Result<Vec<WaitStatus>> {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || sender.send(reap(news)));
        match receive(&receiver, Duration::from_secs(1)) {
            Ok(ended) => accepted("reap", ended),
            Err(_) => {
                // Whoever waits in there is let go: it has waited for this one, or for nobody.
                release();
                bail!("a child still runs, and reap waits for it")
            }
        }
    })
}

/// Kills all children, so that nobody waits for one of them any more.
fn release() {
    let children = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
    }
}

fn sleep() -> i32 {
    loop {
        pause();
    }
}

/// Waits until they have ended, and leaves them to be reaped.
fn has_ended(children: &[Pid]) -> Result<()> {
    for child in children {
        waitid(Id::Pid(*child), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)?;
    }
    Ok(())
}
