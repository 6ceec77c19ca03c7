//! The part of the story about recipients that end, or become somebody else.

use super::open;
use anyhow::{Context, Result};
use crossings_signals::{
    child::{self, Newcomer},
    copied::Copied,
    pids, real_time,
    set::Blocked,
};
use lesson::{part, show};
use nix::{libc::SIGUSR1, unistd::Uid};

// ANCHOR: a_child_that_ended
pub fn a_child_that_ended() -> Result<()> {
    part("a child that ended");
    let _blocked = Blocked::new(&[SIGUSR1])?;
    let ticker = open()?;
    let pid = child::ended(|| ticker.notify(SIGUSR1, 0))?;
    ticker.run(5)?;
    let counts = ticker.counts()?;
    println!("ticks: {}, sent: {}, gone: {}", counts.ticks, counts.sent, counts.gone);

    let newcomer =
        Newcomer::with_pid(pid, SIGUSR1).context("start a child with that number")?;
    println!("a new child has the same number");
    ticker.run(5)?;
    println!("signals for the new child: {}", newcomer.ask()?);
    println!("sent: {}, gone: {}", ticker.counts()?.sent, ticker.counts()?.gone);
    Ok(())
}
// ANCHOR_END: a_child_that_ended

pub fn another_user() -> Result<()> {
    part("another user");
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal])?;
    let refused = |real| child::becomes_root(&open()?, signal, real).context("a child");
    println!("its effective uid is root's: {} of 5 refused", refused(child::USER)?);
    println!("its real uid is, too: {} of 5 refused", refused(Uid::from_raw(0))?);
    Ok(())
}

/// So many threads that a leak of one object each stands out from those that the kernel
/// keeps at hand.
const THREADS: usize = 100;

pub fn nothing_leaks() -> Result<()> {
    part("nothing leaks");
    let ticker = open()?;
    let left = pids::left_by_ours(&ticker, THREADS, real_time(0))?;
    println!("{THREADS} threads have registered and ended");
    println!("struct pids left behind: fewer than 30: {}", left < 30);
    Ok(())
}

// ANCHOR: the_copied_driver
pub fn the_copied_driver() -> Result<()> {
    part("the copied driver");
    let _blocked = Blocked::new(&[SIGUSR1])?;
    let module = Copied::load().context("load crossings_signals_copied.ko")?;
    let pid = child::ended(|| Ok(()))?;
    show("signal a child that has ended", module.signal(pid).map(|()| "sent"));
    let newcomer =
        Newcomer::with_pid(pid, SIGUSR1).context("start a child with that number")?;
    show("signal the same number again", module.signal(pid).map(|()| "sent"));
    println!("signals for the new child: {}", newcomer.ask()?);

    let left = pids::left_by_copied(&module, THREADS)?;
    println!("{THREADS} threads were signalled and ended");
    println!("struct pids left behind: more than 70: {}", left > 70);
    Ok(())
}
// ANCHOR_END: the_copied_driver
