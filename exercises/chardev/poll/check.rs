//! Asks poll(2) about the belt in all its states. Then lets poll(2) fall asleep and changes the belt, at either end. Last
//! come two rounds with epoll(7), which registers a file only once.

use judge::{Result, accepted, bail, caller::Caller, ensure, equal, receive, refused, until, within};
use lesson::task;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
    unistd::{read, write},
};
use std::{
    fs::{File, OpenOptions},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    sync::mpsc,
    time::Duration,
};

/// How long who sleeps may take to wake up.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the belt can carry.
const ROOM: usize = 16;

pub fn check() -> Result<()> {
    let belt = open()?;
    poll_agrees_with_read_and_write(&belt)?;
    a_write_wakes_poll(&belt)?;
    a_read_wakes_poll(&belt)?;
    epoll_wakes_each_time(&belt)
}

fn poll_agrees_with_read_and_write(belt: &File) -> Result<()> {
    refused("read(2) with O_NONBLOCK from the empty belt", take(belt), Errno::EAGAIN)?;
    poll_says("empty", PollFlags::POLLOUT)?;
    equal("what write(2) of 5 bytes to the empty belt returns", write(belt, b"hello"), Ok(5))?;
    poll_says("neither empty nor full", PollFlags::POLLIN | PollFlags::POLLOUT)?;
    let rest = ROOM - 5;
    equal("what write(2) of 100 bytes to the belt with 5 bytes on it returns", write(belt, &[b'x'; 100]), Ok(rest))?;
    refused("write(2) with O_NONBLOCK to the full belt", write(belt, b"x"), Errno::EAGAIN)?;
    poll_says("full", PollFlags::POLLIN)?;
    let all = accepted("read(2) from the full belt", take(belt))?;
    ensure!(all == *b"helloxxxxxxxxxxx", "the bytes that come off the belt are not those that were put on");
    poll_says("empty again", PollFlags::POLLOUT)
}

/// That poll(2) without any waiting reports these events.
fn poll_says(state: &str, expected: PollFlags) -> Result<()> {
    let belt = open()?;
    let call = format!("poll(2) with a timeout of 0, while the belt is {state},");
    let events = accepted(&call, within(Duration::from_secs(1), &call, move || events(&belt, 0))?)?;
    for (event, call) in [(PollFlags::POLLIN, "read(2)"), (PollFlags::POLLOUT, "write(2)")] {
        let name = if event == PollFlags::POLLIN { "POLLIN" } else { "POLLOUT" };
        match (expected.contains(event), events.contains(event)) {
            (false, true) => bail!("the belt is {state}: a {call} would sleep, and poll(2) reports {name}"),
            (true, false) => bail!("the belt is {state}: a {call} would not sleep, and poll(2) does not report {name}"),
            _ => {}
        }
    }
    equal(&format!("what else poll(2) reports while the belt is {state}"), events - expected, PollFlags::empty())
}

fn a_write_wakes_poll(belt: &File) -> Result<()> {
    let woken = sleep_in_poll(PollFlags::POLLIN)?;
    equal("what write(2) of 1 byte to the empty belt returns", write(belt, b"a"), Ok(1))?;
    match receive(&woken, PATIENCE) {
        Ok(events) => equal("what poll(2) reports when a write has woken it", events, Ok(PollFlags::POLLIN))?,
        Err(_) => bail!("poll(2) slept, for POLLIN; a byte was written half a second ago, and poll(2) sleeps on"),
    }
    equal("what read(2) gives after that", take(belt), Ok(b"a".to_vec()))
}

fn a_read_wakes_poll(belt: &File) -> Result<()> {
    equal("what write(2) of 100 bytes to the empty belt returns", write(belt, &[b'x'; 100]), Ok(ROOM))?;
    let woken = sleep_in_poll(PollFlags::POLLOUT)?;
    equal("what read(2) gives of the full belt", take(belt), Ok(vec![b'x'; ROOM]))?;
    match receive(&woken, PATIENCE) {
        Ok(events) => equal("what poll(2) reports when a read has woken it", events, Ok(PollFlags::POLLOUT)),
        Err(_) => bail!("poll(2) slept, for POLLOUT; the belt was emptied half a second ago, and poll(2) sleeps on"),
    }
}

/// A thread that sleeps in poll(2), and what it tells when it wakes.
fn sleep_in_poll(wanted: PollFlags) -> Result<mpsc::Receiver<nix::Result<PollFlags>>> {
    let belt = open()?;
    let sleeper = Caller::start(move || {
        let mut files = [PollFd::new(belt.as_fd(), wanted)];
        poll(&mut files, PollTimeout::NONE).map(|_| files[0].revents().unwrap_or(PollFlags::empty()))
    })?;
    task::asleep_in(sleeper.task, libc::SYS_poll)?;
    Ok(sleeper.returned)
}

fn epoll_wakes_each_time(belt: &File) -> Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    equal("what write(2) of 1 byte to the empty belt returns", write(belt, b"a"), Ok(1))?;
    // There is a byte already: whoever queues up only if there is none does not queue up here.
    epoll.add(belt, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    equal("the events of epoll(7), of a belt with a byte on it,", news(&epoll)?, 1)?;
    equal("what read(2) gives", take(belt), Ok(b"a".to_vec()))?;
    equal("the events of epoll(7), of an empty belt,", look(&epoll)?, 0)?;
    equal("what write(2) of 1 byte to the empty belt returns", write(belt, b"b"), Ok(1))?;
    ensure!(
        news(&epoll)? == 1,
        "epoll(7) got to know the belt while a byte was on it; the byte was read, another was written, and \
         epoll_wait(2) sees nothing of that"
    );
    equal("what read(2) gives", take(belt), Ok(b"b".to_vec()))
}

/// epoll_wait(2) without any waiting: how many events there are.
fn look(epoll: &Epoll) -> Result<usize> {
    accepted("epoll_wait(2)", epoll.wait(&mut [EpollEvent::empty()], 0_u8))
}

/// The same for events that may be on their way.
fn news(epoll: &Epoll) -> Result<usize> {
    let count = until(PATIENCE, || Ok(Some(look(epoll)?).filter(|count| *count > 0)))?;
    Ok(count.unwrap_or_default())
}

fn open() -> Result<File> {
    let mut options = OpenOptions::new();
    accepted("open /dev/exercise", options.read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/exercise"))
}

/// read(2) of all that there is.
fn take(belt: &File) -> nix::Result<Vec<u8>> {
    let mut buffer = [0; 100];
    let length = read(belt, &mut buffer)?;
    Ok(buffer[..length].to_vec())
}

/// poll(2) for both directions.
fn events(belt: &File, timeout: u16) -> nix::Result<PollFlags> {
    let mut files = [PollFd::new(belt.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)];
    poll(&mut files, timeout)?;
    Ok(files[0].revents().unwrap_or(PollFlags::empty()))
}
