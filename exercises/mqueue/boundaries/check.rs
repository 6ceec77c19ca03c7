//! Sends messages of all sizes and receives them with all kinds of room, at an empty tube, one with a message in it, and a
//! full one. Then lets a receiver and a sender sleep, and last, two of each come at once.

use judge::{
    Context, Result, accepted, bail,
    caller::{Caller, Halt},
    ensure, equal, receive, refused, rests, until, within,
};
use lesson::{page::AbsentPage, processor::OneProcessor, turns::Turns};
use nix::{
    errno::Errno,
    sys::signal::Signal,
    unistd::{read, write},
};
use std::{
    fmt::Debug,
    fs::{File, OpenOptions},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    ptr,
    sync::{Arc, mpsc::Receiver},
    time::Duration,
};

/// The size of the largest message.
const MAX: usize = 100;

/// How long who sleeps may take to wake up.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long who sleeps must not wake up.
const SOUND: Duration = Duration::from_millis(50);

/// Many more messages than the tube has room for.
const MANY: usize = 10_000;

pub fn check() -> Result<()> {
    judge::let_signals_interrupt()?;
    judge::let_signals_restart()?;
    let tube = open(libc::O_NONBLOCK)?;
    messages_come_in_order(&tube)?;
    none_is_cut_at_the_end(&tube)?;
    room_for_the_largest(&tube)?;
    a_bad_pointer_takes_nothing(&tube)?;
    none_is_cut_at_the_beginning(&tube)?;
    one_may_be_empty(&tube)?;
    a_full_tube_says_what_is_wrong(&tube)?;
    // A record of the kfifo's has at most 255.
    [255, 256, 300, 1 << 20].into_iter().try_for_each(one_is_too_long)?;
    a_reader_sleeps()?;
    while take(&tube).is_ok() {}
    a_writer_sleeps()?;
    two_read_at_once()?;
    two_write_at_once()?;
    another_is_quicker_to_read()?;
    another_is_quicker_to_write()
}

fn messages_come_in_order(tube: &File) -> Result<()> {
    refused("a read(2) with O_NONBLOCK from the empty tube", take(tube), Errno::EAGAIN)?;
    for message in ["one", "two", "three"] {
        send(tube, message.as_bytes())?;
    }
    ["one", "two", "three"].into_iter().try_for_each(|message| arrives(tube, message.as_bytes()))
}

fn none_is_cut_at_the_end(tube: &File) -> Result<()> {
    let message = b"do not open the door";
    send(tube, message)?;
    let call = "a read(2) with room for 11 bytes, while a message of 20 waits,";
    let got = take_into(tube, 11);
    if let Ok(length) = got {
        match take(tube) {
            Err(Errno::EAGAIN) => bail!("{call} returns {length}, and the rest of the message is gone"),
            rest => bail!("{call} returns {length}, and the next one takes the rest for a message: {}", words(&rest)),
        }
    }
    refused(call, got, Errno::EMSGSIZE)?;
    match take(tube) {
        Ok(got) if got == message => Ok(()),
        got => bail!("a read(2) was refused with EMSGSIZE, and its message is lost: the next one gets {}", words(&got)),
    }
}

fn room_for_the_largest(tube: &File) -> Result<()> {
    let room = MAX - 1;
    send(tube, b"short")?;
    let call = "a read(2) with room for 99 bytes, one less than the largest message has, while one of 5 waits,";
    refused(call, take_into(tube, room), Errno::EMSGSIZE)?;
    arrives(tube, b"short")?;
    refused("a read(2) with room for 99 bytes from the empty tube", take_into(tube, room), Errno::EMSGSIZE)?;
    refused("a read(2) of 0 bytes from the empty tube", take_into(tube, 0), Errno::EMSGSIZE)
}

fn a_bad_pointer_takes_nothing(tube: &File) -> Result<()> {
    send(tube, b"kept")?;
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nowhere to write.
    let got = unsafe { libc::read(tube.as_raw_fd(), ptr::null_mut(), MAX) };
    refused("a read(2) to a null pointer", Errno::result(got), Errno::EFAULT)?;
    match take(tube) {
        Ok(got) if got == b"kept" => {}
        got => bail!("a read(2) failed with EFAULT, and its message is lost: the next one gets {}", words(&got)),
    }
    // SAFETY: nothing is ever mapped at address 0, so the kernel has nothing to read.
    let sent = unsafe { libc::write(tube.as_raw_fd(), ptr::null(), MAX) };
    refused("a write(2) from a null pointer", Errno::result(sent), Errno::EFAULT)?;
    refused("a read(2) after a write(2) that failed with EFAULT", take(tube), Errno::EAGAIN)
}

fn none_is_cut_at_the_beginning(tube: &File) -> Result<()> {
    send(tube, &[b'x'; MAX])?;
    arrives(tube, &[b'x'; MAX])?;
    one_is_too_long(MAX + 1)?;
    refused("a read(2) after writes that failed with EMSGSIZE", take(tube), Errno::EAGAIN)
}

fn one_is_too_long(length: usize) -> Result<()> {
    let call = format!("a write(2) of {length} bytes, where the largest message has 100,");
    refused(&call, write(&open(libc::O_NONBLOCK)?, &vec![b'x'; length]), Errno::EMSGSIZE)
}

fn one_may_be_empty(tube: &File) -> Result<()> {
    send(tube, b"")?;
    send(tube, b"after it")?;
    match take(tube) {
        Ok(got) if got.is_empty() => {}
        got => bail!("an empty message was written, then another, and the first read(2) gets {}", words(&got)),
    }
    arrives(tube, b"after it")?;
    refused("a read(2) after the last message", take(tube), Errno::EAGAIN)
}

/// Fills the tube to the last byte, with what fits.
fn a_full_tube_says_what_is_wrong(tube: &File) -> Result<()> {
    let mut sent = Vec::new();
    for length in [MAX, 1, 0] {
        loop {
            let message = vec![b'0' + (sent.len() % 10) as u8; length];
            match write(tube, &message) {
                Ok(got) => equal(&format!("what a write(2) of {length} bytes returns"), got, length)?,
                Err(Errno::EAGAIN) => break,
                Err(errno) => bail!("a write(2) with O_NONBLOCK to the full tube fails with {errno:?}, and not EAGAIN"),
            }
            sent.push(message);
            ensure!(sent.len() < MANY, "the tube takes messages of {length} bytes without end");
        }
    }
    let full: usize = sent.iter().map(|message| message.len() + 1).sum();
    equal("what a full tube holds, with a byte for each message's length,", full, 512)?;
    refused("a write(2) of 101 bytes to the full tube", write(tube, &[b'x'; MAX + 1]), Errno::EMSGSIZE)?;
    for (number, message) in sent.iter().enumerate() {
        match take(tube) {
            Ok(got) if got == *message => {}
            got => bail!("message {number} of a full tube, of {} bytes, arrives as {}", message.len(), words(&got)),
        }
    }
    refused("a read(2) from the tube that was full and was emptied", take(tube), Errno::EAGAIN)
}

fn a_reader_sleeps() -> Result<()> {
    let tube = open(libc::O_NONBLOCK)?;
    let reader = || {
        let patient = open(0)?;
        asleep(libc::SYS_read, move || take(&patient))
    };
    is_interrupted(&reader()?, libc::SYS_read, || send(&tube, b"end"))?;
    let readers = [reader()?, reader()?];
    send(&tube, b"")?;
    one_goes_on(&readers, "an empty message has come", &Ok(Vec::new()))?;
    send(&tube, b"more")?;
    one_goes_on(&readers, "another message has come", &Ok(b"more".to_vec()))
}

fn a_writer_sleeps() -> Result<()> {
    let tube = open(libc::O_NONBLOCK)?;
    // What is left is one byte too short for a message of 100.
    [MAX, MAX, MAX, MAX, 7].into_iter().try_for_each(|length| send(&tube, &vec![b'x'; length]))?;
    let writer = || {
        let patient = open(0)?;
        asleep(libc::SYS_write, move || write(&patient, &[b'y'; MAX]))
    };
    is_interrupted(&writer()?, libc::SYS_write, || take(&tube).map(drop).context("make room"))?;
    let writers = [writer()?, writer()?];
    for _ in 0..2 {
        arrives(&tube, &[b'x'; MAX])?;
        one_goes_on(&writers, "a read(2) has made room for one", &Ok(MAX))?;
    }
    let patient = open(0)?;
    let call = "a write(2) of 101 bytes, without O_NONBLOCK, to the full tube";
    refused(call, within(PATIENCE, call, move || write(&patient, &[b'y'; MAX + 1]))?, Errno::EMSGSIZE)
}

/// That a sleeper is woken by nothing but a signal, and by that for good only if its handler has no SA_RESTART.
fn is_interrupted<T: Debug + Send + 'static>(
    sleeper: &Caller<nix::Result<T>>,
    number: libc::c_long,
    wake: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let call = name(number);
    ensure!(rests(sleeper.task, SOUND)?, "{call} does not stay asleep: it looks again and again");
    sleeper.signal(Signal::SIGUSR2)?;
    let again = matches!(sleeper.halt(number)?, Some(Halt::Asleep));
    ensure!(again, "{call} sleeps, a handler with SA_RESTART runs, and it does not sleep any more");
    sleeper.signal(Signal::SIGUSR1)?;
    match receive(&sleeper.returned, PATIENCE) {
        Ok(result) => refused(&format!("{call} that a signal interrupts"), result, Errno::EINTR),
        Err(_) => {
            // A sleeper that no signal can wake would keep this program from ending.
            wake()?;
            bail!("a signal came to {call} that slept, and it has not returned")
        }
    }
}

/// That of two sleepers one can go on, with this, and the other cannot.
fn one_goes_on<T: PartialEq + Debug + Send + 'static>(
    sleepers: &[Caller<nix::Result<T>>],
    when: &str,
    expected: &nix::Result<T>,
) -> Result<()> {
    let returned = || Ok(sleepers.iter().find_map(|sleeper| sleeper.returned.try_recv().ok()));
    let got = until(PATIENCE, returned)?;
    equal(&format!("what one of those who slept returns when {when},"), got.as_ref(), Some(expected))?;
    ensure!(until(SOUND, returned)?.is_none(), "two slept, {when}, and both have returned");
    Ok(())
}

/// Two messages wait. The first reader stands still in the middle, because its memory is not there yet, and so the second one
/// has all the time that it needs to take the same message.
fn two_read_at_once() -> Result<()> {
    let tube = open(libc::O_NONBLOCK)?;
    while take(&tube).is_ok() {}
    ["one", "other"].into_iter().try_for_each(|message| send(&tube, message.as_bytes()))?;
    let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
    let (slow, place) = (open(libc::O_NONBLOCK)?, page.clone());
    let first = Caller::start(move || take_at(&slow, place.address()))?;
    page.touched().context("wait for a read(2) to touch its memory")?;
    let second = Caller::start(move || take(&tube))?;
    let early = second.halt(libc::SYS_read)?;
    page.arrive()?;
    let first = woken(&first.returned, "read(2)")?;
    let second = match early {
        Some(Halt::Returned(got)) => got,
        _ => woken(&second.returned, "read(2)")?,
    };
    let mut got = [words(&first), words(&second)];
    got.sort();
    equal("what two read(2) at once get of two messages", got, ["one", "other"].map(|text| words(&Ok(text.into()))))
}

/// The same with two writers: the memory of the first one's message is not there yet.
fn two_write_at_once() -> Result<()> {
    let tube = open(libc::O_NONBLOCK)?;
    let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
    let (slow, place) = (open(libc::O_NONBLOCK)?, page.clone());
    let first = Caller::start(move || {
        // SAFETY: the page is the caller's, and nobody has a reference to it; the kernel notices if it cannot be read.
        Errno::result(unsafe { libc::write(slow.as_raw_fd(), ptr::with_exposed_provenance(place.address()), MAX) })
    })?;
    page.touched().context("wait for a write(2) to touch its memory")?;
    let other = open(libc::O_NONBLOCK)?;
    let second = Caller::start(move || write(&other, b"other"))?;
    let early = second.halt(libc::SYS_write)?;
    page.arrive()?;
    equal("what the first of two write(2) at once returns", woken(&first.returned, "write(2)")?, Ok(MAX as isize))?;
    let second = match early {
        Some(Halt::Returned(sent)) => sent,
        _ => woken(&second.returned, "write(2)")?,
    };
    equal("what the second of two write(2) at once returns", second, Ok(5))?;
    let mut got = [words(&take(&tube)), words(&take(&tube))];
    got.sort();
    equal(
        "what arrives of two write(2) at once",
        got,
        [vec![0; MAX], b"other".to_vec()].map(|message| words(&Ok(message))),
    )
}

/// A reader is woken by a message, and another one is at it by then, and stands still because its memory is not there yet: there
/// is a message when the first one looks from afar, and none any more when its turn has come.
fn another_is_quicker_to_read() -> Result<()> {
    let (_here, _turns) = (OneProcessor::stay()?, Turns::take()?);
    let (tube, patient) = (open(libc::O_NONBLOCK)?, open(0)?);
    let sleeper = asleep(libc::SYS_read, move || take(&patient))?;
    let page = comes_late()?;
    send(&tube, b"one")?;
    equal("what the quicker of two read(2) gets", words(&take_at(&tube, page.address())), words(&Ok(b"one".into())))?;
    if let Some(got) = until(SOUND, || Ok(sleeper.returned.try_recv().ok()))? {
        bail!("a read(2) was woken by a message that another one took, and has returned {}", words(&got));
    }
    send(&tube, b"other")?;
    equal(
        "what the slower of two read(2) gets",
        words(&woken(&sleeper.returned, "read(2)")?),
        words(&Ok(b"other".into())),
    )
}

/// The same with two writers to a full tube. What a read(2) makes free is just enough for one.
fn another_is_quicker_to_write() -> Result<()> {
    let (_here, _turns) = (OneProcessor::stay()?, Turns::take()?);
    let (tube, patient) = (open(libc::O_NONBLOCK)?, open(0)?);
    [MAX, MAX, MAX, MAX, MAX, 6].into_iter().try_for_each(|length| send(&tube, &vec![b'x'; length]))?;
    let sleeper = asleep(libc::SYS_write, move || write(&patient, &[b'y'; MAX]))?;
    let page = comes_late()?;
    arrives(&tube, &[b'x'; MAX])?;
    // SAFETY: the page is ours, and nobody has a reference to it; the kernel notices if it cannot be read.
    let sent = unsafe { libc::write(tube.as_raw_fd(), ptr::with_exposed_provenance(page.address()), MAX) };
    equal("what the quicker of two write(2) returns", Errno::result(sent), Ok(MAX as isize))?;
    if let Some(sent) = until(SOUND, || Ok(sleeper.returned.try_recv().ok()))? {
        bail!("a write(2) was woken by room that another one took, and has returned {sent:?}");
    }
    arrives(&tube, &[b'x'; MAX])?;
    equal("what the slower of two write(2) returns", woken(&sleeper.returned, "write(2)")?, Ok(MAX))
}

/// A page that is there some time after it was touched.
fn comes_late() -> Result<Arc<AbsentPage>> {
    let page = Arc::new(AbsentPage::new().context("make a page that is not there")?);
    let touched = page.clone();
    Caller::start(move || touched.touched().and_then(|()| touched.arrive()))?;
    Ok(page)
}

/// A call in a thread of its own, once it sleeps.
fn asleep<T: Send + 'static>(number: libc::c_long, call: impl FnOnce() -> T + Send + 'static) -> Result<Caller<T>> {
    let caller = Caller::start(call)?;
    match caller.halt(number)? {
        Some(Halt::Asleep) => Ok(caller),
        _ => bail!("{}, without O_NONBLOCK, does not sleep", name(number)),
    }
}

fn name(number: libc::c_long) -> &'static str {
    if number == libc::SYS_read { "a read(2) from the empty tube" } else { "a write(2) to the full tube" }
}

fn woken<T>(results: &Receiver<T>, call: &str) -> Result<T> {
    match receive(results, PATIENCE) {
        Ok(result) => Ok(result),
        Err(_) => bail!("a {call} slept; it could go on half a second ago, and it sleeps on"),
    }
}

fn open(flags: i32) -> Result<File> {
    let mut options = OpenOptions::new();
    accepted("open /dev/exercise", options.read(true).write(true).custom_flags(flags).open("/dev/exercise"))
}

fn send(tube: &File, message: &[u8]) -> Result<()> {
    let call = format!("what a write(2) of {} bytes returns, while the tube has room,", message.len());
    equal(&call, write(tube, message), Ok(message.len()))
}

fn arrives(tube: &File, message: &[u8]) -> Result<()> {
    let call = format!("what a read(2) gets of a message of {} bytes", message.len());
    equal(&call, words(&take(tube)), words(&Ok(message.to_vec())))
}

/// read(2) with room for the largest message.
fn take(tube: &File) -> nix::Result<Vec<u8>> {
    let mut message = vec![0; MAX];
    let length = read(tube, &mut message)?;
    message.truncate(length);
    Ok(message)
}

/// The same, into memory that may come late. It is the caller's, and stays.
fn take_at(tube: &File, address: usize) -> nix::Result<Vec<u8>> {
    let room = ptr::with_exposed_provenance_mut::<u8>(address);
    // SAFETY: nobody has a reference to that memory, and the kernel notices if it cannot be written.
    let length = Errno::result(unsafe { libc::read(tube.as_raw_fd(), room.cast(), MAX) })?.cast_unsigned();
    // SAFETY: the memory is the caller's, and by now it is there.
    Ok((0..length.min(MAX)).map(|place| unsafe { room.add(place).read_volatile() }).collect())
}

/// read(2) with so much room.
fn take_into(tube: &File, room: usize) -> nix::Result<usize> {
    read(tube, &mut vec![0; room])
}

/// A message, or why there is none.
fn words(message: &nix::Result<Vec<u8>>) -> String {
    match message {
        Ok(message) => format!("{:?}", String::from_utf8_lossy(message)),
        Err(errno) => format!("{errno:?}"),
    }
}
