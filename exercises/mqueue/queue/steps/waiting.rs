//! Step 4: who cannot go on sleeps, until it can or a signal comes.

use super::{
    queue::{HEAD, MESSAGES, PATIENCE, arrives, fill, open, put, send, take, take_at},
    sleeper::{SOUND, Sleeper},
};
use judge::{
    Context, Result, accepted, bail,
    caller::{Caller, Halt},
    ensure, equal, receive, refused, rests, until, within,
};
use lesson::{page::AbsentPage, processor::OneProcessor, turns::Turns};
use nix::{errno::Errno, sys::signal::Signal};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// The step.
pub fn waiting() -> Result<()> {
    a_reader_waits()?;
    a_writer_waits()?;
    signals_end_the_wait()?;
    one_message_for_one_reader()?;
    two_at_once()?;
    one_message_for_each()?;
    nobody_is_kept_by_the_file()?;
    none_is_lost()
}

fn a_reader_waits() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let reader = Sleeper::reader()?;
    ensure!(
        rests(reader.caller.task, SOUND)?,
        "a read(2) waits for a message and does not sleep: it looks again and again"
    );
    send(&queue, 6, "woken")?;
    equal("what a read(2) that slept returns", reader.wakes()?, Ok((6, "woken".into())))
}

fn a_writer_waits() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    fill(&queue)?;
    let writer = Sleeper::writer("late")?;
    ensure!(
        rests(writer.caller.task, SOUND)?,
        "a write(2) waits for room and does not sleep: it looks again and again"
    );
    arrives(&queue, 0, "0")?;
    equal("what a write(2) that slept returns", writer.wakes()?, Ok((0, "late".into())))?;
    (1..MESSAGES).try_for_each(|number| arrives(&queue, 0, &number.to_string()))?;
    arrives(&queue, 0, "late")
}

fn signals_end_the_wait() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let reader = Sleeper::reader()?;
    refused("a read(2) that a signal interrupts", reader.interrupted(&queue)?, Errno::EINTR)?;
    fill(&queue)?;
    let writer = Sleeper::writer("never")?;
    refused("a write(2) that a signal interrupts", writer.interrupted(&queue)?, Errno::EINTR)?;
    (0..MESSAGES).try_for_each(|number| arrives(&queue, 0, &number.to_string()))?;
    refused("a read(2) after all but the message of the interrupted write(2)", take(&queue), Errno::EAGAIN)
}

fn one_message_for_one_reader() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let readers = [Sleeper::reader()?, Sleeper::reader()?];
    send(&queue, 0, "only one")?;
    let got = until(PATIENCE, || Ok(readers.iter().find_map(|reader| reader.caller.returned.try_recv().ok())))?;
    equal("what one of two readers that slept returns", got, Some(Ok((0, "only one".into()))))?;
    let again = until(SOUND, || Ok(readers.iter().find_map(|reader| reader.caller.returned.try_recv().ok())))?;
    ensure!(again.is_none(), "two readers slept, one message was written, and both have returned: {again:?}");
    send(&queue, 0, "and one more")?;
    let got = until(PATIENCE, || Ok(readers.iter().find_map(|reader| reader.caller.returned.try_recv().ok())))?;
    equal("what the other one returns", got, Some(Ok((0, "and one more".into()))))
}

/// Two messages come before either of two sleepers can run, and then two places become free.
fn two_at_once() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    let (processor, turns) = (OneProcessor::stay()?, Turns::take()?);
    let readers = [Sleeper::reader()?, Sleeper::reader()?];
    send(&queue, 0, "one")?;
    send(&queue, 0, "two")?;
    for reader in readers {
        ensure!(
            reader.wakes().is_ok(),
            "two readers slept, two messages came one right after the other, and one of the readers sleeps on"
        );
    }
    fill(&queue)?;
    let writers = [Sleeper::writer("x")?, Sleeper::writer("y")?];
    arrives(&queue, 0, "0")?;
    arrives(&queue, 0, "1")?;
    for writer in writers {
        ensure!(
            writer.wakes().is_ok(),
            "two writers slept, two messages were received one right after the other, and one of the writers sleeps on"
        );
    }
    drop((turns, processor));
    (0..MESSAGES).try_for_each(|_| accepted("a read(2) of a full queue", take(&queue)).map(drop))
}

/// Two messages wait. The first reader stands still in the middle, because its memory is not there yet, and so the second one
/// has all the time that it needs: to be interrupted or, if it does not wait for the first one, to take a message.
fn one_message_for_each() -> Result<()> {
    let queue = open(libc::O_NONBLOCK)?;
    ["one", "other"].into_iter().try_for_each(|text| send(&queue, 0, text))?;
    let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
    let (file, place) = (open(0)?, page.clone());
    let first = Caller::start(move || take_at(&file, place.address()))?;
    page.touched().context("a message waits, and a read(2) does not touch its memory")?;
    let file = open(0)?;
    let second = Caller::start(move || take(&file))?;
    let taken = match second.halt(libc::SYS_read)? {
        Some(Halt::Returned(got)) => Ok(got),
        _ => {
            second.signal(Signal::SIGUSR1)?;
            receive(&second.returned, PATIENCE)
        }
    };
    page.arrive()?;
    let taken = taken.context("a signal came to a read(2) that waited for another one, and it has not returned")?;
    let first =
        receive(&first.returned, PATIENCE).context("a read(2), whose memory has come late, has not returned")?;
    // Who was interrupted has taken nothing.
    let other = if taken == Err(Errno::EINTR) { take(&queue) } else { taken };
    let mut got = [first, other];
    got.sort_by_key(|got| format!("{got:?}"));
    equal("what two read(2) at once get of two messages", got, ["one", "other"].map(|text| Ok((0, text.into()))))
}

/// A reader sleeps, and another thread sends through the same open file. Where `read` and `write` have a common position in the
/// file, one waits for the other.
fn nobody_is_kept_by_the_file() -> Result<()> {
    let queue = open(0)?;
    let [theirs, ours] = [queue.try_clone()?, queue.try_clone()?];
    let reader = Caller::start(move || take(&theirs))?;
    ensure!(matches!(reader.halt(libc::SYS_read)?, Some(Halt::Asleep)), "a read(2) without a message does not sleep");
    let sent = within(PATIENCE, "a write(2) to the open file through which another thread reads", move || {
        put(&ours, 0, "same")
    });
    if sent.is_err() {
        send(&open(0)?, 0, "same")?;
    }
    equal("what a write(2) to the open file through which another thread reads returns", sent?, Ok(HEAD + 4))?;
    let got = receive(&reader.returned, PATIENCE).context("a read(2) that slept has not returned")?;
    equal("what a read(2) gets that was sent through the same open file", got, Ok((0, "same".into())))
}

/// A message after the other, each a random moment after the one before was received: many come between a reader's look
/// and its sleep.
fn none_is_lost() -> Result<()> {
    const ROUNDS: usize = 100;
    let queue = open(libc::O_NONBLOCK)?;
    let (taken, arrivals) = mpsc::channel();
    let reader = open(0)?;
    thread::spawn(move || {
        let _ = (0..ROUNDS).all(|_| taken.send(take(&reader)).is_ok());
    });
    for round in 0..ROUNDS {
        thread::sleep(Duration::from_micros(fastrand::u64(..500)));
        let text = round.to_string();
        send(&queue, 0, &text)?;
        match receive(&arrivals, PATIENCE) {
            Ok(got) => equal("what a read(2) returns", got, Ok((0, text)))?,
            Err(_) => bail!("a message waits, and its reader sleeps"),
        }
    }
    Ok(())
}
