//! Lets two readers wait for one letter. Then sends letters, each a random moment after the one before was taken, so that
//! many writes fall between a reader's look into the box and its sleep. Then lets a signal end a read.

use check::{Result, accepted, bail, ensure, equal, refused, within};
use nix::{
    errno::Errno,
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
    },
    unistd::{read, write},
};
use std::{fs::File, sync::mpsc, thread, time::Duration};

const ROUNDS: usize = 100;

pub fn check() -> Result<()> {
    one_letter_is_read_once()?;
    every_letter_arrives()?;
    a_signal_ends_a_read()
}

fn one_letter_is_read_once() -> Result<()> {
    let (taken, arrivals) = mpsc::channel();
    for _ in 0..2 {
        let (reader, taken) = (open()?, taken.clone());
        thread::spawn(move || taken.send(take(&reader)));
    }
    thread::sleep(Duration::from_millis(50));
    put(open()?, b"x")?;
    equal("the first letter", arrivals.recv_timeout(Duration::from_secs(1))?, Ok('x'))?;
    let second = arrivals.recv_timeout(Duration::from_millis(100));
    ensure!(second.is_err(), "two readers slept, one letter was written, and both have returned with it");
    put(open()?, b"y")?;
    equal("the second letter", arrivals.recv_timeout(Duration::from_secs(1))?, Ok('y'))
}

fn every_letter_arrives() -> Result<()> {
    let (writer, reader) = (open()?, open()?);
    let (taken, arrivals) = mpsc::channel();
    thread::spawn(move || (0..ROUNDS).all(|_| taken.send(take(&reader)).is_ok()));
    for _ in 0..ROUNDS {
        thread::sleep(Duration::from_micros(fastrand::u64(..3_000)));
        accepted("a write(2) into the empty box", write(&writer, b"a"))?;
        match arrivals.recv_timeout(Duration::from_millis(500)) {
            Ok(got) => equal("the letter that read(2) returns", got, Ok('a'))?,
            Err(_) => bail!("a letter has been in the box for half a second, and its reader sleeps"),
        }
    }
    Ok(())
}

fn a_signal_ends_a_read() -> Result<()> {
    check::let_signals_interrupt()?;
    let (thread_id, threads) = mpsc::channel::<Pthread>();
    let (taken, arrivals) = mpsc::channel();
    let reader = open()?;
    thread::spawn(move || {
        let _ = thread_id.send(pthread_self());
        let _ = taken.send(take(&reader));
        // A thread that has ended must not be signalled.
        thread::sleep(Duration::from_secs(60));
    });
    let reader = threads.recv()?;
    thread::sleep(Duration::from_millis(50));
    pthread_kill(reader, Signal::SIGUSR1)?;
    match arrivals.recv_timeout(Duration::from_millis(500)) {
        Ok(got) => refused("a read(2) that a signal interrupts", got, Errno::EINTR),
        Err(_) => {
            // A reader that no signal can wake would keep this program from ending.
            put(open()?, b"a")?;
            bail!("a signal came while a reader slept, and read(2) has not returned")
        }
    }
}

fn open() -> Result<File> {
    check::open("/dev/exercise")
}

/// write(2) of one letter.
fn put(writer: File, letter: &'static [u8]) -> Result<()> {
    let written = within(Duration::from_secs(1), "a write(2) into the empty box", move || write(&writer, letter))?;
    accepted("a write(2) into the empty box", written).map(drop)
}

/// read(2) of one letter.
fn take(reader: &File) -> nix::Result<char> {
    let mut letter = [0];
    read(reader, &mut letter)?;
    Ok(letter[0].into())
}
