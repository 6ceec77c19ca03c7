//! What arrives: an integer with each signal, as many as were sent or one, in an order.

use super::open;
use anyhow::{Context, Result};
use crossings_signals::{
    handler::{self, Handler, Interrupted},
    name, real_time,
    set::Blocked,
    waiting,
};
use lesson::part;
use nix::{
    libc::{SI_TIMER, SIGUSR1},
    sys::signal::{Signal, kill},
    unistd::getpid,
};

// ANCHOR: an_integer
pub fn an_integer() -> Result<()> {
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
    for [signal, code, value] in (0..3).filter_map(handler::info) {
        println!("{}: {value}, SI_TIMER: {}", name(signal), code == SI_TIMER);
    }
    Ok(())
}
// ANCHOR_END: an_integer

// ANCHOR: queueing
pub fn queueing() -> Result<()> {
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

pub fn the_order() -> Result<()> {
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

    // To the process, whose set is another.
    kill(getpid(), Signal::SIGUSR1)?;
    ticker.notify(real_time(0), 6)?;
    ticker.run(1)?;
    let infos = waiting::take_pending(&[SIGUSR1, real_time(0)])?;
    let taken: Vec<_> = infos.iter().map(|info| name(info.signal)).collect();
    println!("sent:  SIGUSR1 to the process, {} to the thread", name(real_time(0)));
    println!("taken: {}", taken.join(", "));
    Ok(())
}
