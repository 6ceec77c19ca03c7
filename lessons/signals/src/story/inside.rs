//! The part of the story that looks from below: what the kernel notes of a signal, and what
//! it costs.

use super::open;
use anyhow::{Context, Result};
use crossings_signals::{
    cost::costs,
    handler::{self, Handler, Interrupted},
    name, real_time,
    set::Blocked,
    trace,
};
use lesson::{ftrace::mark, part};
use nix::libc::SIGUSR1;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let real_time = real_time(0);
    let ticker = open()?;
    let _standard = Handler::new(SIGUSR1, Interrupted::Restarts)?;
    let _real_time = Handler::new(real_time, Interrupted::Restarts)?;
    for signal in [SIGUSR1, real_time] {
        let blocked = Blocked::new(&[signal])?;
        let before = handler::seen();
        let lines = trace::record(&[signal], || {
            mark(&format!("{} is {signal}, and blocked", name(signal)));
            let run = ticker.notify(signal, 0).and_then(|()| ticker.run(2));
            mark("unblock it");
            drop((blocked, run));
            mark(&format!("handler ran: {}", handler::seen() - before));
        });
        println!("{}", lines.context("record the signals")?.join("\n"));
    }
    Ok(())
}
// ANCHOR_END: the_path

pub fn the_cost() -> Result<()> {
    part("the cost");
    let costs = costs(real_time(0))?;
    lesson::cost::table(&[
        ("an eventfd, written and read", costs.eventfd),
        ("a signal, and sigtimedwait", costs.sigtimedwait),
        ("a signal, and its handler", costs.handler),
    ]);
    Ok(())
}
