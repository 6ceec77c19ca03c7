//! The story of the chapter: a ticker tells of its ticks in every way there is.

use anyhow::{Context, Result};
use crossings_signals::{
    handler::{self, Handler, Info, Interrupted},
    name, real_time,
    set::Blocked,
    sigio,
    ticker::Ticker,
    waiting,
};
use lesson::{part, show};
use nix::{
    libc::{SI_QUEUE, SIGIO, SIGUSR1},
    sys::eventfd::{EfdFlags, EventFd},
};
use std::{
    os::fd::{AsFd, AsRawFd},
    time::Duration,
};

mod below;
mod gone;
mod refused;

fn main() -> Result<()> {
    an_integer()?;
    queueing()?;
    the_order()?;
    one_at_a_time()?;
    one_loop()?;
    a_plain_sigio()?;
    interrupted()?;
    refused::a_full_queue()?;
    refused::refused()?;
    gone::a_child_that_ended()?;
    gone::another_user()?;
    gone::nothing_leaks()?;
    below::the_path()?;
    below::the_cost()?;
    gone::the_copied_driver()
}

// ANCHOR: an_integer
fn an_integer() -> Result<()> {
    part("an integer");
    let signal = real_time(0);
    let ticker = open()?;
    let blocked = Blocked::new(&[signal])?;
    let _handler = Handler::new(signal, Interrupted::Restarts)?;
    ticker.notify(signal, 42).context("register for a signal")?;
    ticker.start(3, 1000).context("start the ticker")?;
    while handler::seen() < 3 {
        blocked.suspend()?;
    }
    for info in (0..3).filter_map(handler::info) {
        let Info { signal, code, pid, value } = info;
        println!(
            "{}: {value}, SI_QUEUE: {}, from pid {pid}",
            name(signal),
            code == SI_QUEUE
        );
    }
    Ok(())
}
// ANCHOR_END: an_integer

// ANCHOR: queueing
fn queueing() -> Result<()> {
    part("queueing");
    for signal in [SIGUSR1, real_time(0)] {
        let _blocked = Blocked::new(&[signal])?;
        let ticker = open()?;
        ticker.notify(signal, 1)?;
        ticker.run(5).context("wait for five ticks")?;
        let infos = waiting::take_pending(&[signal])?;
        let values: Vec<_> = infos.iter().map(|info| info.value).collect();
        println!("{}: {} sent, {values:?} arrived", name(signal), ticker.counts()?.sent);
    }
    Ok(())
}
// ANCHOR_END: queueing

fn the_order() -> Result<()> {
    part("the order");
    let sent = [real_time(1), real_time(0), SIGUSR1, real_time(0), real_time(1)];
    let _blocked = Blocked::new(&sent)?;
    let ticker = open()?;
    for (signal, value) in sent.into_iter().zip(1..) {
        ticker.notify(signal, value)?;
        ticker.run(1)?;
    }
    let show = |signals: &[(i32, i32)]| {
        let words: Vec<_> =
            signals.iter().map(|(n, value)| format!("{} ({value})", name(*n))).collect();
        words.join(", ")
    };
    let sent: Vec<_> = sent.into_iter().zip(1..).collect();
    println!("sent:  {}", show(&sent));
    let infos = waiting::take_pending(&[SIGUSR1, real_time(0), real_time(1)])?;
    let taken: Vec<_> = infos.iter().map(|info| (info.signal, info.value)).collect();
    println!("taken: {}", show(&taken));
    Ok(())
}

// ANCHOR: one_at_a_time
fn one_at_a_time() -> Result<()> {
    part("one at a time");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let ticker = open()?;
    ticker.notify(signal, 7)?;
    ticker.start(1, 1000)?;
    let wait = |timeout| waiting::sigtimedwait(&[signal], timeout).map(|info| info.value);
    show("the value", wait(Duration::from_secs(10)));
    show("another one within a millisecond", wait(Duration::from_millis(1)));
    Ok(())
}
// ANCHOR_END: one_at_a_time

// ANCHOR: one_loop
fn one_loop() -> Result<()> {
    part("one loop");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let ticker = open()?;
    let signals = waiting::signalfd(&[signal])?;
    let eventfd = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    let epoll = waiting::epoll(&[&signals, &eventfd, &ticker])?;
    ticker.notify(signal, 1)?;
    ticker.eventfd(&eventfd).context("hand over the eventfd")?;
    ticker.start(5, 1000)?;

    let (mut values, mut events, mut ticks) = (Vec::new(), 0, 0);
    while values.len() < 5 || events < 5 || ticks < 5 {
        for place in waiting::readable(&epoll)? {
            match place {
                0 => values.extend(signals.read_signal()?.map(|info| info.ssi_int)),
                1 => events += eventfd.read()?,
                _ => ticks += ticker.read()?,
            }
        }
    }
    println!("signals: {values:?}\nevents:  {events}\nticks:   {ticks}");
    show("the eventfd, once more", eventfd.read());
    Ok(())
}
// ANCHOR_END: one_loop

// ANCHOR: a_plain_sigio
fn a_plain_sigio() -> Result<()> {
    part("SIGIO");
    for signal in [0, real_time(2)] {
        let received = if signal == 0 { SIGIO } else { signal };
        let _blocked = Blocked::new(&[received])?;
        let ticker = open()?;
        let signals = waiting::signalfd(&[received])?;
        sigio::ask(&ticker, signal).context("ask for SIGIO")?;
        ticker.run(3)?;
        let mut infos = Vec::new();
        while let Some(info) = signals.read_signal()? {
            infos.push(info);
        }
        println!("{}: {} of 3 arrived", name(received), infos.len());
        let from_us = |fd| fd == ticker.as_fd().as_raw_fd();
        println!("  from our file: {}", infos.iter().all(|info| from_us(info.ssi_fd)));
        println!(
            "  it can be read: {}",
            infos.iter().all(|info| info.ssi_code == sigio::POLL_IN)
        );
    }
    Ok(())
}
// ANCHOR_END: a_plain_sigio

// ANCHOR: interrupted
fn interrupted() -> Result<()> {
    part("interrupted");
    let signal = real_time(0);
    let never = open()?;
    let _fails = Handler::new(signal, Interrupted::Fails)?;
    // Interrupts us every two milliseconds, as long as we need it.
    let pest = open()?;
    pest.notify(signal, 0)?;
    pest.start(1_000_000, 2000)?;
    show("read, without SA_RESTART", never.read());

    let ticker = open()?;
    let _restarts = Handler::starting(signal, &ticker)?;
    show("read, with SA_RESTART", ticker.read());
    println!("  it was interrupted: {}", ticker.counts()?.interrupted > 0);
    let epoll = waiting::epoll(&[&never])?;
    show("epoll_wait, with SA_RESTART", waiting::readable(&epoll).map(|files| files.len()));
    let other = waiting::sigtimedwait(&[real_time(1)], Duration::from_secs(10));
    show("sigtimedwait, with SA_RESTART", other.map(|info| info.value));
    Ok(())
}
// ANCHOR_END: interrupted

fn open() -> Result<Ticker> {
    Ticker::open().context("open /dev/crossings_signals")
}
