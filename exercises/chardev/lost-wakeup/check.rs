//! Lets two readers wait for one letter, and looks whether they sleep meanwhile or look into the box again and again. Then
//! sends letters, each a random moment after the one before was taken, so that many writes fall between a reader's look into
//! the box and its sleep. Then lets a signal end a read.

use judge::{
    Context, Result, accepted, bail, caller::Caller, ensure, equal, is_asleep, receive, refused, rests, until, within,
};
use lesson::{page::AbsentPage, task};
use nix::{
    errno::Errno,
    sys::signal::Signal,
    unistd::{Pid, read, write},
};
use std::{
    fs::{self, File},
    os::fd::AsRawFd,
    ptr,
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

const ROUNDS: usize = 100;

/// How long a reader must sleep in one piece. Who only waits for the flag, or naps, is awake long before.
const SOUND: Duration = Duration::from_millis(50);

/// How long a letter may lie in the box.
const PATIENCE: Duration = Duration::from_millis(500);

const LOST: &str = "a letter has been in the box for a while, and its reader sleeps";

/// What read(2) returns, and the letter.
type Letter = (usize, char);

pub fn check() -> Result<()> {
    equal("a read(2) of no bytes from the empty box", read(open()?, &mut []), Ok(0))?;
    one_letter_is_read_once()?;
    every_letter_arrives()?;
    a_bad_pointer_takes_nothing()?;
    a_signal_ends_a_read()
}

/// Two readers sleep when the letter comes. The first of them to take it stands still in the middle, because its memory is
/// not there yet, and so the other one has all the time that it needs to take it, too.
fn one_letter_is_read_once() -> Result<()> {
    let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
    let (taken, arrivals) = mpsc::channel();
    let mut readers = Vec::new();
    for place in 0..2 {
        let (reader, taken, page) = (open()?, taken.clone(), page.clone());
        let reader = Caller::start(move || taken.send(take_into(&reader, page.address() + place)))?;
        sleeps_soundly(reader.task)?;
        readers.push(reader.task);
    }
    put(open()?, b"x")?;
    ensure!(page.touched().is_ok(), "{LOST}");
    until(PATIENCE, || {
        let asleep = readers.iter().map(|reader| is_asleep(*reader)).collect::<Result<Vec<_>>>()?;
        Ok(asleep.into_iter().all(|asleep| asleep).then_some(()))
    })?;
    page.arrive()?;
    equal("the first letter", arrives(&arrivals)?, Ok((1, 'x')))?;
    let second = receive(&arrivals, Duration::from_millis(100));
    ensure!(second.is_err(), "two readers slept, one letter was written, and both have returned with it");
    put(open()?, b"y")?;
    equal("the second letter", arrives(&arrivals)?, Ok((1, 'y')))
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
fn arrives(arrivals: &Receiver<nix::Result<Letter>>) -> Result<nix::Result<Letter>> {
    match receive(arrivals, PATIENCE) {
        Ok(got) => Ok(got),
        Err(_) => bail!("{LOST}"),
    }
}

/// The same, of the only reader. As write(2) has returned, that one has been woken, or will look into the box before it
/// sleeps. If it sleeps now, nobody will wake it, and whether it wakes by itself some time does not matter.
fn arrives_at(reader: Pid, arrivals: &Receiver<nix::Result<Letter>>) -> Result<nix::Result<Letter>> {
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
    let (taken, arrivals) = mpsc::channel();
    let reader = Caller::start(move || (0..ROUNDS).all(|_| taken.send(take(&reader)).is_ok()))?;
    for _ in 0..ROUNDS {
        thread::sleep(Duration::from_micros(fastrand::u64(..3_000)));
        accepted("a write(2) into the empty box", write(&writer, b"a"))?;
        equal("the letter that read(2) returns", arrives_at(reader.task, &arrivals)?, Ok((1, 'a')))?;
    }
    Ok(())
}

fn a_bad_pointer_takes_nothing() -> Result<()> {
    put(open()?, b"z")?;
    let reader = open()?;
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    let failed = Errno::result(unsafe { libc::read(reader.as_raw_fd(), ptr::null_mut(), 1) });
    refused("a read(2) to a null pointer", failed, Errno::EFAULT)?;
    let letter = within(PATIENCE, "a read(2) after one that failed", move || take(&reader))?;
    equal("the letter after a read(2) that failed", letter, Ok((1, 'z')))
}

fn a_signal_ends_a_read() -> Result<()> {
    judge::let_signals_interrupt()?;
    let reader = open()?;
    let reader = Caller::start(move || take(&reader))?;
    sleeps_soundly(reader.task)?;
    reader.signal(Signal::SIGUSR1)?;
    match receive(&reader.returned, PATIENCE) {
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

/// read(2) of one letter into memory that may come late. It is the caller's, and stays.
fn take_into(reader: &File, address: usize) -> nix::Result<Letter> {
    let letter = ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: nobody has a reference to that memory, and the kernel notices if it cannot be written.
    let length = Errno::result(unsafe { libc::read(reader.as_raw_fd(), letter.cast(), 1) })?;
    // SAFETY: the memory is the caller's, and by now it is there.
    Ok((length.cast_unsigned(), unsafe { letter.read_volatile() }.into()))
}

/// read(2) of one letter.
fn take(reader: &File) -> nix::Result<Letter> {
    let mut letter = [0];
    let length = read(reader, &mut letter)?;
    Ok((length, letter[0].into()))
}
