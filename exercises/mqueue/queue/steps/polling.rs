//! Step 5: poll(2) and epoll(7) say whether a call would sleep, and wake up when that changes.

use super::queue::{MESSAGES, PATIENCE, arrives, fill, open, send};
use judge::{Result, accepted, bail, caller::Caller, ensure, equal, receive, until};
use lesson::task;
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
};
use std::{os::fd::AsFd, sync::mpsc::Receiver};

/// The step.
pub fn polling() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    poll_says("no message waits", PollFlags::POLLOUT)?;
    send(&queue, 0, "a")?;
    poll_says("one message waits", PollFlags::POLLIN | PollFlags::POLLOUT)?;
    arrives(&queue, 0, "a")?;
    fill(&queue)?;
    poll_says("256 messages wait", PollFlags::POLLIN)?;

    let woken = sleep_in_poll(PollFlags::POLLOUT)?;
    arrives(&queue, 0, "0")?;
    equal("what poll(2) reports when a read(2) has made room", wakes(&woken, "POLLOUT")?, Ok(PollFlags::POLLOUT))?;
    (1..MESSAGES).try_for_each(|number| arrives(&queue, 0, &number.to_string()))?;
    let woken = sleep_in_poll(PollFlags::POLLIN)?;
    send(&queue, 0, "b")?;
    equal("what poll(2) reports when a message has come", wakes(&woken, "POLLIN")?, Ok(PollFlags::POLLIN))?;

    // epoll(7) asks once where to queue up, while a message waits.
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    epoll.add(&queue, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    arrives(&queue, 0, "b")?;
    equal("the events of epoll(7) while no message waits", epoll.wait(&mut [EpollEvent::empty()], 0_u8), Ok(0))?;
    send(&queue, 0, "c")?;
    let events = until(PATIENCE, || {
        let count = accepted("epoll_wait(2)", epoll.wait(&mut [EpollEvent::empty()], 0_u8))?;
        Ok((count > 0).then_some(()))
    })?;
    ensure!(
        events.is_some(),
        "epoll(7) got to know the queue while a message waited; that was received, another came, and epoll_wait(2) \
         sees nothing of it"
    );
    arrives(&queue, 0, "c")
}

/// That poll(2) without any waiting reports these events.
fn poll_says(state: &str, expected: PollFlags) -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let mut files = [PollFd::new(queue.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)];
    accepted("poll(2) with a timeout of 0", poll(&mut files, PollTimeout::ZERO))?;
    equal(&format!("what poll(2) reports while {state}"), files[0].revents(), Some(expected))
}

/// A thread that sleeps in poll(2), and what it tells when it wakes.
fn sleep_in_poll(wanted: PollFlags) -> Result<Receiver<nix::Result<PollFlags>>> {
    let queue = open(libc::O_NONBLOCK)?;
    let sleeper = Caller::start(move || {
        let mut files = [PollFd::new(queue.as_fd(), wanted)];
        poll(&mut files, PollTimeout::NONE).map(|_| files[0].revents().unwrap_or(PollFlags::empty()))
    })?;
    task::asleep_in(sleeper.task, libc::SYS_poll)?;
    Ok(sleeper.returned)
}

fn wakes(woken: &Receiver<nix::Result<PollFlags>>, event: &str) -> Result<nix::Result<PollFlags>> {
    match receive(woken, PATIENCE) {
        Ok(events) => Ok(events),
        Err(_) => bail!("poll(2) slept, for {event}; it could go on half a second ago, and it sleeps on"),
    }
}
