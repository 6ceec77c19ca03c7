//! The part of the story in which the driver or the kernel says no.

use super::open;
use anyhow::{Context, Result};
use crossings_signals::{mistake, real_time, set::Blocked, ticker::Ticker, waiting};
use lesson::{child::Child, page::AbsentPage, part, show, task::wait_until};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    libc::SYS_read,
    sys::resource::{Resource, getrlimit, setrlimit},
};
use std::thread;

// ANCHOR: a_full_queue
pub fn a_full_queue() -> Result<()> {
    part("a full queue");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let ticker = open()?;
    ticker.notify(signal, 1)?;
    let (soft, hard) = getrlimit(Resource::RLIMIT_SIGPENDING)?;
    setrlimit(Resource::RLIMIT_SIGPENDING, 3, hard)
        .context("allow three pending signals")?;
    ticker.run(10)?;
    let ours = mistake::sigqueue(signal, 99);
    setrlimit(Resource::RLIMIT_SIGPENDING, soft, hard).context("put the limit back")?;

    let counts = ticker.counts()?;
    println!("ticks: {}, sent: {}, full: {}", counts.ticks, counts.sent, counts.full);
    show("one more by sigqueue", ours.map(|()| "sent"));
    println!("arrived: {}", waiting::take_pending(&[signal])?.len());
    Ok(())
}
// ANCHOR_END: a_full_queue

pub fn refused() -> Result<()> {
    part("refused");
    let ticker = open()?;
    let ok = |()| "done";
    show("signal 64", ticker.notify(64, 0).map(ok));
    show("signal 65", ticker.notify(65, 0).map(ok));
    show("signal -1", ticker.notify(-1, 0).map(ok));
    show("no signal any more", ticker.notify(0, 0).map(ok));
    show("no ticks", ticker.start(0, 1000).map(ok));
    show("ticks a microsecond apart", ticker.start(1, 1).map(ok));
    show("ticks a second apart", ticker.start(2, 1_000_000).map(ok));
    show("more ticks meanwhile", ticker.start(1, 1000).map(ok));
    show("an eventfd that is not open", ticker.raw_eventfd(9999).map(ok));
    show("an eventfd that is /dev/null", mistake::eventfd_of_null(&ticker).map(ok));
    show("a signal from a null pointer", mistake::notify_from_nowhere(&ticker));
    show("an unknown request", mistake::no_such_request(&ticker));

    let ticker =
        Ticker::open_with(OFlag::O_NONBLOCK).context("open /dev/crossings_signals")?;
    show("read when nothing has ticked", ticker.read());
    show("read into 4 bytes", mistake::short_read(&ticker));
    ticker.start(1, 1000)?;
    while ticker.counts()?.ticks == 0 {}
    show("read to a null pointer", mistake::read_to_nowhere(&ticker));
    show("read the tick", ticker.read());
    Ok(())
}

// ANCHOR: put_back
pub fn put_back() -> Result<()> {
    part("put back");
    let ticker = open()?;
    thread::scope(|scope| {
        let page = AbsentPage::new().context("make a page that is not there")?;
        let (ticker, address) = (&ticker, page.address());
        let first = scope.spawn(move || mistake::read_to_page(ticker, address));
        ticker.start(1, 1000)?;
        page.touched()?;
        println!("the first reader has taken the tick, and waits for its page");
        let mut second = Child::start(|| ticker.read().map(drop))?;
        second.asleep_in(SYS_read).context("wait until the second sleeps")?;
        println!("the second found none, and sleeps");
        drop(page);
        show("the first", first.join().unwrap_or(Err(Errno::ECANCELED)));
        let woken = wait_until(|| Ok(second.try_wait()?));
        println!("the second was woken: {}", woken.is_ok_and(|end| end.is_ok()));
        Ok(())
    })
}
// ANCHOR_END: put_back
