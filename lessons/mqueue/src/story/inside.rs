//! The part of the story that looks from below: which functions of the kernel a message goes
//! through, and what that costs.

use anyhow::{Context, Result};
use crossings_mqueue::{
    cost::{self, Costs},
    notify::{Inbox, notify},
    queue::{Queue, receive},
    trace::FUNCTIONS,
};
use lesson::{child::Child, errno, ftrace, part, task::asleep_in};
use nix::{libc::SYS_mq_timedreceive, sys::signal::Signal::SIGUSR1, unistd::getpid};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let _inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-path", 4, 16)?;
    notify(&queue, SIGUSR1, 0)?;
    let waiter = Queue::create("/crossings-waiter", 4, 16)?;
    let receiver = Child::start(|| receive(&waiter).map(drop))?;
    let us = getpid();
    let lines = ftrace::graph(FUNCTIONS, || {
        ftrace::mark("we send, and are registered");
        let _ = queue.send(0, b"1");
        ftrace::mark("we receive");
        let _ = receive(&queue);
        let _ = receiver.asleep_in(SYS_mq_timedreceive);
        ftrace::mark("we send, and another process waits");
        let _ = waiter.send(0, b"2");
        let sender = Child::start(|| {
            let _ = asleep_in(us, SYS_mq_timedreceive);
            errno(queue.send(0, b"3"))
        });
        ftrace::mark("we wait, and another process sends");
        let _ = receive(&queue);
        let _ = sender.and_then(Child::wait);
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    receiver.wait()?;
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
