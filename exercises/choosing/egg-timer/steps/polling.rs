//! Step 4: poll(2) and epoll(7) say whether a read(2) would sleep, and wake up when that changes.

use super::egg::{Egg, LONG, PATIENCE, open, take};
use judge::{Result, accepted, bail, caller::Caller, ensure, equal, receive, until};
use lesson::task;
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
};
use std::os::fd::AsFd;

/// The step.
pub fn poll_sees_it() -> Result<()> {
    let egg = Egg(open(libc::O_NONBLOCK)?);
    egg.is_readable("a timer is not set", false)?;
    egg.set(LONG)?;
    egg.is_readable("a timer has not rung", false)?;
    let file = egg.0.try_clone()?;
    let sleeper = Caller::start(move || {
        let mut files = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        poll(&mut files, PollTimeout::NONE).map(|_| files[0].revents())
    })?;
    task::asleep_in(sleeper.task, libc::SYS_poll)?;
    egg.set(1)?;
    match receive(&sleeper.returned, PATIENCE) {
        Ok(events) => equal("what poll(2) reports when the timer has rung", events, Ok(Some(PollFlags::POLLIN)))?,
        Err(_) => bail!("poll(2) slept, for POLLIN; the timer has rung a second ago, and poll(2) sleeps on"),
    }
    egg.is_readable("a timer has rung", true)?;

    // There is something to read already: whoever queues up only if there is nothing does not queue up here.
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    epoll.add(&egg.0, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    let look = || accepted("epoll_wait(2)", epoll.wait(&mut [EpollEvent::empty()], 0_u8));
    equal("the events of epoll(7) of a timer that has rung", look()?, 1)?;
    equal("what read(2) gives after that", take(&egg.0), Ok(1))?;
    equal("the events of epoll(7) when that was read", look()?, 0)?;
    egg.is_readable("a timer has rung and was read", false)?;
    egg.set(1)?;
    let news = until(PATIENCE, || Ok(Some(look()?).filter(|count| *count > 0)))?;
    ensure!(
        news.is_some(),
        "epoll(7) got to know a timer when it had rung; it was read, has rung again, and epoll_wait(2) sees nothing of that"
    );
    Ok(())
}
