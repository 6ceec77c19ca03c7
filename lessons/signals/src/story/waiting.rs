//! Those who wait: for one signal, for several things, and interrupted.

use super::open;
use anyhow::{Context, Result};
use crossings_signals::{
    handler::{Handler, Interrupted},
    name, real_time,
    set::Blocked,
    sigio, waiting,
};
use lesson::{part, show};
use nix::{
    libc::SIGIO,
    sys::eventfd::{EfdFlags, EventFd},
};
use std::{
    os::fd::{AsFd, AsRawFd},
    time::Duration,
};

// ANCHOR: one_at_a_time
pub fn one_at_a_time() -> Result<()> {
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
pub fn one_loop() -> Result<()> {
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
pub fn a_plain_sigio() -> Result<()> {
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
pub fn interrupted() -> Result<()> {
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
