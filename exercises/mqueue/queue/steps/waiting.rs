//! Step 4: who cannot go on sleeps, until it can or a signal comes.

use super::{
    queue::{MESSAGES, PATIENCE, arrives, fill, open, send, take},
    sleeper::{SOUND, Sleeper},
};
use judge::{Result, accepted, bail, ensure, equal, receive, refused, rests, until};
use lesson::{processor::OneProcessor, turns::Turns};
use nix::errno::Errno;
use std::{sync::mpsc, thread, time::Duration};

/// The step.
pub fn waiting() -> Result<()> {
    a_reader_waits()?;
    a_writer_waits()?;
    signals_end_the_wait()?;
    one_message_for_one_reader()?;
    two_at_once()?;
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
