//! Sends messages of all sizes and receives them with all kinds of room, at an empty tube, one with a message in it, and a
//! full one. Last, lets a receiver and a sender sleep.

use judge::{Result, accepted, bail, caller::Caller, ensure, equal, receive, refused, within};
use lesson::task;
use nix::{
    errno::Errno,
    unistd::{read, write},
};
use std::{
    fs::{File, OpenOptions},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    ptr,
    sync::mpsc::Receiver,
    time::Duration,
};

/// The size of the largest message.
const MAX: usize = 100;

/// How long who sleeps may take to wake up.
const PATIENCE: Duration = Duration::from_millis(500);

/// Many more messages than the tube has room for.
const MANY: usize = 10_000;

pub fn check() -> Result<()> {
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
    who_may_sleep_does()
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
    refused("a write(2) of 101 bytes to the full tube", write(tube, &[b'x'; MAX + 1]), Errno::EMSGSIZE)?;
    for (number, message) in sent.iter().enumerate() {
        match take(tube) {
            Ok(got) if got == *message => {}
            got => bail!("message {number} of a full tube, of {} bytes, arrives as {}", message.len(), words(&got)),
        }
    }
    refused("a read(2) from the tube that was full and was emptied", take(tube), Errno::EAGAIN)
}

fn who_may_sleep_does() -> Result<()> {
    let (tube, patient) = (open(libc::O_NONBLOCK)?, open(0)?);
    let received = asleep(libc::SYS_read, move || take(&patient))?;
    send(&tube, b"")?;
    equal("what a read(2) returns that an empty message has woken", woken(&received, "read(2)")?, Ok(Vec::new()))?;

    while write(&tube, &[b'x'; MAX]).is_ok() {}
    let patient = open(0)?;
    let sent = asleep(libc::SYS_write, move || write(&patient, &[b'y'; MAX]))?;
    arrives(&tube, &[b'x'; MAX])?;
    equal("what a write(2) returns that a read(2) has made room for", woken(&sent, "write(2)")?, Ok(MAX))?;

    let patient = open(0)?;
    let call = "a write(2) of 101 bytes, without O_NONBLOCK, to the full tube";
    refused(call, within(PATIENCE, call, move || write(&patient, &[b'y'; MAX + 1]))?, Errno::EMSGSIZE)
}

/// A call in a thread of its own, once it sleeps.
fn asleep<T: Send + 'static>(number: libc::c_long, call: impl FnOnce() -> T + Send + 'static) -> Result<Receiver<T>> {
    let caller = Caller::start(call)?;
    let what = if number == libc::SYS_read { "a read(2) from the empty tube" } else { "a write(2) to the full tube" };
    match task::asleep_in(caller.task, number) {
        Ok(_) => Ok(caller.returned),
        Err(_) => bail!("{what}, without O_NONBLOCK, does not sleep"),
    }
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
