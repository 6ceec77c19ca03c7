//! The part of the story in which the kernel sends a signal when a message comes, or does not.

use super::done;
use anyhow::{Context, Result};
use crossings_mqueue::{
    notify::{Inbox, SI_MESGQ, cancel, notify},
    queue::{Queue, drain, receive},
    status::is_registered,
};
use lesson::{child::Child, errno, part, show};
use nix::{libc::SYS_mq_timedreceive, sys::signal::Signal::SIGUSR1};

// ANCHOR: notification
pub fn notification() -> Result<()> {
    part("notification");
    let inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-notify", 4, 16)?;
    notify(&queue, SIGUSR1, 7).context("register for a signal")?;
    let sender = Child::start(|| errno(queue.send(0, b"1")))?;
    let pid = sender.pid();
    sender.wait()?;
    let info = inbox.take()?.context("wait for the signal")?;
    println!("message 1: SIGUSR1: {}", info.ssi_signo == SIGUSR1 as u32);
    println!("  value: {}, SI_MESGQ: {}", info.ssi_int, info.ssi_code == SI_MESGQ);
    println!("  from the sender: {}", info.ssi_pid == pid.as_raw() as u32);
    println!("  still registered: {}", is_registered(&queue)?);

    let signalled = |what| -> Result<()> {
        queue.send(0, b"x")?;
        println!("{what}: signalled: {}", inbox.take()?.is_some());
        Ok(())
    };
    signalled("message 2")?;
    notify(&queue, SIGUSR1, 8)?;
    signalled("registered again, message 3")?;
    println!("received: {}", drain(&queue)?.len());
    signalled("message 4")
}
// ANCHOR_END: notification

// ANCHOR: somebody_waits
pub fn somebody_waits() -> Result<()> {
    part("somebody waits");
    let inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-waits", 4, 16)?;
    notify(&queue, SIGUSR1, 0)?;
    let waiter = Child::counting(|| receive(&queue).map(|message| message.bytes.len()))?;
    waiter.asleep_in(SYS_mq_timedreceive).context("wait for a sleeper")?;
    queue.send(0, b"hello")?;
    println!("the one who waits receives {} bytes", waiter.number()?);
    println!("signalled: {}", inbox.take()?.is_some());
    println!("still registered: {}", is_registered(&queue)?);
    Ok(())
}
// ANCHOR_END: somebody_waits

// ANCHOR: one_at_a_time
pub fn one_at_a_time() -> Result<()> {
    part("one at a time");
    let _inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-busy", 4, 16)?;
    let in_a_child = || Child::start(|| notify(&queue, SIGUSR1, 0))?.wait().map(done);
    show("we register", notify(&queue, SIGUSR1, 0).map(done));
    show("another process registers", in_a_child());
    show("we register once more", notify(&queue, SIGUSR1, 0).map(done));
    show("we cancel", cancel(&queue).map(done));
    show("another process registers", in_a_child());
    println!("and ends: still registered: {}", is_registered(&queue)?);
    Ok(())
}
// ANCHOR_END: one_at_a_time

// ANCHOR: any_descriptor
pub fn any_descriptor() -> Result<()> {
    part("any descriptor");
    let _inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-closed", 4, 16)?;
    notify(&queue, SIGUSR1, 0)?;
    println!("registered: {}", is_registered(&queue)?);
    drop(queue.try_clone()?);
    println!("another descriptor was closed: registered: {}", is_registered(&queue)?);
    Ok(())
}
// ANCHOR_END: any_descriptor

// ANCHOR: too_late
pub fn too_late() -> Result<()> {
    part("too late");
    let inbox = Inbox::new(SIGUSR1)?;
    let queue = Queue::create("/crossings-late", 4, 16)?;
    queue.send(0, b"1")?;
    println!("receive all: {}", drain(&queue)?.len());
    queue.send(0, b"2")?;
    show("then register", notify(&queue, SIGUSR1, 0).map(done));
    queue.send(0, b"3")?;
    println!("two more have come; signalled: {}", inbox.take()?.is_some());

    cancel(&queue)?;
    show("register", notify(&queue, SIGUSR1, 0).map(done));
    queue.send(0, b"4")?;
    println!("then receive all: {}", drain(&queue)?.len());
    queue.send(0, b"5")?;
    println!("another one has come; signalled: {}", inbox.take()?.is_some());
    Ok(())
}
// ANCHOR_END: too_late
