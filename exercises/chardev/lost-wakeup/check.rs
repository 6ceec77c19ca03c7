//! Lets two readers wait for one letter, and looks whether they sleep meanwhile or look into the box again and again. Then
//! sends letters, each a random moment after the one before was taken, so that many writes fall between a reader's look into
//! the box and its sleep. Then lets a signal end a read.

use judge::{Result, accepted, bail, ensure, equal, receive, refused, rests, within};
use lesson::task;
use nix::{
    errno::Errno,
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
    },
    unistd::{Pid, gettid, read, write},
};
use std::{
    fs::{self, File},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

const ROUNDS: usize = 100;

/// How long a reader must sleep in one piece. Who only waits for the flag, or naps, is awake long before.
const SOUND: Duration = Duration::from_millis(50);

/// How long a letter may lie in the box.
const PATIENCE: Duration = Duration::from_millis(500);

const LOST: &str = "a letter has been in the box for a while, and its reader sleeps";

pub fn check() -> Result<()> {
    one_letter_is_read_once()?;
    every_letter_arrives()?;
    a_signal_ends_a_read()
}

fn one_letter_is_read_once() -> Result<()> {
    let (taken, arrivals) = mpsc::channel();
    for _ in 0..2 {
        let (reader, taken) = (open()?, taken.clone());
        let (task, tasks) = mpsc::channel();
        thread::spawn(move || {
            let _ = task.send(gettid());
            let _ = taken.send(take(&reader));
            // A thread that has ended has no files in /proc.
            judge::stay();
        });
        sleeps_soundly(tasks.recv()?)?;
    }
    put(open()?, b"x")?;
    equal("the first letter", arrives(&arrivals)?, Ok('x'))?;
    let second = receive(&arrivals, Duration::from_millis(100));
    ensure!(second.is_err(), "two readers slept, one letter was written, and both have returned with it");
    put(open()?, b"y")?;
    equal("the second letter", arrives(&arrivals)?, Ok('y'))
}

/// That a reader of the empty box is not woken by anything but a letter.
fn sleeps_soundly(reader: Pid) -> Result<()> {
    ensure!(
        rests(reader, SOUND)?,
        "a reader of the empty box does not stay asleep: it wakes again and again, and no letter has come"
    );
    Ok(())
}

/// What a reader has returned, if it does while somebody has patience.
fn arrives(arrivals: &Receiver<nix::Result<char>>) -> Result<nix::Result<char>> {
    match receive(arrivals, PATIENCE) {
        Ok(got) => Ok(got),
        Err(_) => bail!("{LOST}"),
    }
}

/// The same, of the only reader. As write(2) has returned, that one has been woken, or will look into the box before it
/// sleeps. If it sleeps now, nobody will wake it, and whether it wakes by itself some time does not matter.
fn arrives_at(reader: Pid, arrivals: &Receiver<nix::Result<char>>) -> Result<nix::Result<char>> {
    let mut sleeps = 0;
    for _ in 0..PATIENCE.as_millis() {
        if let Ok(got) = receive(arrivals, Duration::from_millis(1)) {
            return Ok(got);
        }
        sleeps = if sleeps_for_a_letter(reader)? { sleeps + 1 } else { 0 };
        ensure!(sleeps < 10, "{LOST}");
    }
    bail!("{LOST}")
}

/// Whether it sleeps in read(2), and not for its flag: there no signal would wake it.
fn sleeps_for_a_letter(reader: Pid) -> Result<bool> {
    let call = fs::read_to_string(format!("/proc/{reader}/syscall"))?;
    let reads = call.split_whitespace().next() == Some(&libc::SYS_read.to_string());
    Ok(reads && task::status(reader, "State")?.starts_with('S'))
}

fn every_letter_arrives() -> Result<()> {
    let (writer, reader) = (open()?, open()?);
    let (task, tasks) = mpsc::channel();
    let (taken, arrivals) = mpsc::channel();
    thread::spawn(move || {
        let _ = task.send(gettid());
        let _ = (0..ROUNDS).all(|_| taken.send(take(&reader)).is_ok());
        // A thread that has ended has no files in /proc.
        judge::stay();
    });
    let reader = tasks.recv()?;
    for _ in 0..ROUNDS {
        thread::sleep(Duration::from_micros(fastrand::u64(..3_000)));
        accepted("a write(2) into the empty box", write(&writer, b"a"))?;
        equal("the letter that read(2) returns", arrives_at(reader, &arrivals)?, Ok('a'))?;
    }
    Ok(())
}

fn a_signal_ends_a_read() -> Result<()> {
    judge::let_signals_interrupt()?;
    let (thread_id, threads) = mpsc::channel::<(Pid, Pthread)>();
    let (taken, arrivals) = mpsc::channel();
    let reader = open()?;
    thread::spawn(move || {
        let _ = thread_id.send((gettid(), pthread_self()));
        let _ = taken.send(take(&reader));
        // A thread that has ended must not be signalled.
        judge::stay();
    });
    let (task, reader) = threads.recv()?;
    sleeps_soundly(task)?;
    pthread_kill(reader, Signal::SIGUSR1)?;
    match receive(&arrivals, PATIENCE) {
        Ok(got) => refused("a read(2) that a signal interrupts", got, Errno::EINTR),
        Err(_) => {
            // A reader that no signal can wake would keep this program from ending.
            put(open()?, b"a")?;
            bail!("a signal came while a reader slept, and read(2) has not returned")
        }
    }
}

fn open() -> Result<File> {
    judge::open("/dev/exercise")
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
