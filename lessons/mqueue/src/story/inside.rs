//! The part of the story that looks from below: which functions of the kernel a message goes
//! through, and what that costs.

use anyhow::{Context, Result};
use crossings_mqueue::{
    cost::{self, Costs},
    notify::{Inbox, notify},
    queue::{Queue, receive},
    trace::FUNCTIONS,
};
use lesson::{
    child::Child,
    errno,
    ftrace::{self, mark, marked},
    part,
};
use nix::{libc::SYS_mq_timedreceive, sys::signal::Signal::SIGUSR1};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let _inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-path", 4, 16)?;
    notify(&queue, SIGUSR1, 0)?;
    let send =
        || Child::named(c"sender", || marked("mq_send", || errno(queue.send(0, b"1"))));
    let receive =
        || Child::named(c"taker", || marked("mq_receive", || receive(&queue).map(drop)));
    let names = ["sender", "taker"];
    let lines = ftrace::tasks(&names, ("do_mq_timed*", FUNCTIONS), &[], || {
        mark("nobody waits, and somebody is registered");
        send()?.wait()?;
        receive()?.wait()?;

        mark("somebody waits");
        let receiver = receive()?;
        receiver.asleep_in(SYS_mq_timedreceive)?;
        send()?.wait()?;
        Ok(receiver.wait()?)
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let Costs { queue, large, pipe, getppid } = cost::measure()?;
    lesson::cost::table(&[
        ("getppid(2)", getppid),
        ("64 bytes through a pipe(2)", pipe),
        ("64 bytes, sent and received", queue),
        ("8192 bytes, sent and received", large),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
