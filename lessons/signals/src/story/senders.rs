//! The part of the story about whom a signal names, and who reads it.

use super::open;
use anyhow::{Context, Result, anyhow};
use crossings_signals::{
    child, mistake, real_time,
    set::Blocked,
    sigio,
    waiting::{self, take_pending},
};
use lesson::{child::Child, part, processor::OneProcessor, show};
use nix::{
    libc::{SI_KERNEL, SI_QUEUE, SI_TIMER},
    sys::{
        epoll::{EpollEvent, EpollTimeout},
        signalfd::SignalFd,
    },
};
use std::thread;

// ANCHOR: no_sender
pub fn no_sender() -> Result<()> {
    part("no sender");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let ticker = open()?;
    ticker.notify(signal, 0)?;
    let infos = {
        let _processor = OneProcessor::stay()?;
        let _busy = child::busy_in_a_namespace().context("start a busy child")?;
        ticker.run(50)?;
        take_pending(&[signal])?
    };
    println!("{} ticks interrupt a process of another user namespace", infos.len());
    println!(
        "signals that name its user: {}",
        infos.iter().filter(|it| it.uid != 0).count()
    );
    Ok(())
}
// ANCHOR_END: no_sender

// ANCHOR: a_forgery
pub fn a_forgery() -> Result<()> {
    part("a forgery");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let ticker = open()?;
    ticker.notify(signal, 42)?;
    ticker.run(1)?;
    let driver = take_pending(&[signal])?;
    let codes = [
        ("SI_TIMER", SI_TIMER),
        ("SI_QUEUE", SI_QUEUE),
        ("SI_KERNEL", SI_KERNEL),
        ("POLL_IN", sigio::POLL_IN),
    ];
    for (name, code) in codes {
        let sent = child::forges(signal, code, 42);
        show(&format!("a child sends {name}"), sent.map(|()| "done"));
    }
    let child = take_pending(&[signal])?;
    println!("the first is just like the driver's: {}", child.first() == driver.first());
    println!("the second is from pid: {}", child.get(1).map_or(-1, |info| info.pid));
    Ok(())
}
// ANCHOR_END: a_forgery

// ANCHOR: one_signalfd
pub fn one_signalfd() -> Result<()> {
    part("one signalfd");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let signals = waiting::signalfd(&[signal])?;
    let read = || read_all(&signals);
    let ticker = open()?;
    ticker.notify(signal, 0)?;
    ticker.run(1)?;
    let other = thread::scope(|scope| scope.spawn(read).join());
    show("another thread reads", other.map_err(|_| anyhow!("it panicked"))?);
    show("a child reads", Child::counting(read)?.number());
    show("this thread reads", read());

    let epoll = waiting::epoll(&[&signals])?;
    let found = Child::counting(|| {
        mistake::sigqueue(signal, 0)?;
        let mut events = [EpollEvent::empty()];
        let ready = epoll.wait(&mut events, EpollTimeout::ZERO)?;
        Ok(10 * ready + read()?)
    })?;
    let found = found.number().context("a child that signals itself")?;
    println!("a child has a signal: epoll_wait finds {}, read {}", found / 10, found % 10);
    Ok(())
}
// ANCHOR_END: one_signalfd

/// How many signals it has for whoever calls this.
fn read_all(signals: &SignalFd) -> nix::Result<usize> {
    let mut count = 0;
    while signals.read_signal()?.is_some() {
        count += 1;
    }
    Ok(count)
}
