//! Interrupts a thread that waits for a place, several times; then lets somebody panic inside.

use crate::exercise::Room;
use judge::{Result, bail, caller::Caller, ensure, receive, rests};
use nix::sys::signal::Signal;
use std::{
    panic,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

pub fn check() -> Result<()> {
    let room = Arc::new(Room::new(1)?);
    let (inside, entries) = mpsc::channel();
    let waiting = Arc::clone(&room);
    let interrupted = room.enter(|| {
        interrupt(&Caller::start(move || waiting.enter(|| inside.send(()).is_ok()))?)?;
        Ok::<_, judge::Error>(entries.try_recv().is_ok())
    })?;
    ensure!(!interrupted, "a signal came to a thread that waited for a place, and it went in without one");
    if receive(&entries, Duration::from_secs(1)).is_err() {
        bail!("the only place is free again, and the thread that waits for it does not go in");
    }
    a_panic_leaves_the_room(&room)
}

/// Sends a few signals, each while the thread sleeps: waiting for a place or, with one, at its end.
fn interrupt<T: Send + 'static>(waiting: &Caller<T>) -> Result<()> {
    judge::let_signals_interrupt()?;
    for _ in 0..3 {
        rests(waiting.task, Duration::from_millis(50))?;
        waiting.signal(Signal::SIGUSR1)?;
    }
    rests(waiting.task, Duration::from_millis(50))?;
    Ok(())
}

fn a_panic_leaves_the_room(room: &Arc<Room>) -> Result<()> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let guest = Arc::clone(room);
    let panicked = thread::spawn(move || guest.enter(|| panic!("inside"))).join().is_err();
    panic::set_hook(hook);
    ensure!(panicked, "somebody panicked inside, and enter has hidden it");
    let (inside, entries) = mpsc::channel();
    let next = Arc::clone(room);
    thread::spawn(move || next.enter(|| inside.send(())));
    if receive(&entries, Duration::from_millis(500)).is_err() {
        bail!("somebody panicked inside, and nobody gets the place any more");
    }
    Ok(())
}
