//! A program's standard input: a queue, and a thread that writes what waits in it. So a program that does not read holds up
//! its own input and nothing else.

use crate::channel::Channel;
use agent::{Answer, QUEUE_MAX};
use anyhow::{Result, bail};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Sender},
    },
    thread,
};

/// What an entry in the queue counts beside its bytes, or so many entries of one byte would cost far more than they count.
const ENTRY: usize = 128;

/// The way to a program's standard input. It lives as long as the program: dropped, it drops what waits.
pub struct Input {
    /// To the writer. `None` after end of file.
    queue: Option<Sender<Entry>>,
    /// What the entries count that the program has not taken. Only the owner adds, only the writer takes away.
    waiting: Arc<AtomicUsize>,
    /// Closes with this, and the writer sees that at the other end.
    _program: UnixStream,
}

/// Bytes, and the call that brought them.
struct Entry {
    call: u32,
    bytes: Vec<u8>,
}

impl Entry {
    fn count(&self) -> usize {
        ENTRY + self.bytes.len()
    }
}

impl Input {
    /// The way to what reads the other end of `file`, which does not block any more, nor do copies of it. The writer answers
    /// each call when it has written its bytes, or when nobody reads them. Fails when there are no more descriptors.
    pub fn start(file: File, channel: Channel) -> io::Result<Self> {
        fcntl(&file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let (program, watched) = UnixStream::pair()?;
        let (queue, entries) = mpsc::channel::<Entry>();
        let waiting = Arc::new(AtomicUsize::new(0));
        let taken = waiting.clone();
        // Ends with the queue, and closes the file.
        thread::spawn(move || {
            for entry in entries {
                // A program that no longer reads is not an error.
                let _ = write(&file, &entry.bytes, &watched);
                taken.fetch_sub(entry.count(), Ordering::Relaxed);
                channel.answer(entry.call, Answer::Done);
            }
        });
        Ok(Input { queue: Some(queue), waiting, _program: program })
    }

    /// Puts bytes into the queue. Fails when they do not fit, and when the end of the file was announced before.
    pub fn push(&mut self, call: u32, bytes: Vec<u8>) -> Result<()> {
        let Some(queue) = &self.queue else { bail!("the program's input has ended") };
        let entry = Entry { call, bytes };
        let waiting = self.waiting.load(Ordering::Relaxed);
        if waiting + entry.count() > QUEUE_MAX {
            bail!("{} bytes of input do not fit behind {waiting} that the program has not read", entry.bytes.len());
        }
        self.waiting.fetch_add(entry.count(), Ordering::Relaxed);
        // The writer takes entries until the queue is dropped.
        let _ = queue.send(entry);
        Ok(())
    }

    /// Announces the end of the file, behind what waits.
    pub fn end(&mut self) {
        self.queue = None;
    }
}

/// Writes all of `bytes`, as fast as they are read. Fails when nobody can read them any more, and when the other end of
/// `program` has closed: what a program has started may hold its input for ever and never read it.
fn write(mut file: &File, mut bytes: &[u8], program: &UnixStream) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let room = PollFd::new(file.as_fd(), PollFlags::POLLOUT);
                let mut waited_for = [room, PollFd::new(program.as_fd(), PollFlags::POLLIN)];
                poll(&mut waited_for, PollTimeout::NONE)?;
                let closed = |one: &PollFd| one.revents().is_some_and(|events| events.contains(PollFlags::POLLHUP));
                if waited_for.iter().any(closed) {
                    return Err(ErrorKind::BrokenPipe.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use agent::{Event, receive};
    use std::{io::Read, os::fd::OwnedFd, os::unix::net::UnixStream};

    /// An input, the program's end of it, and the host's end of the channel.
    fn input() -> (Input, File, UnixStream) {
        let (ours, programs) = UnixStream::pair().expect("socketpair");
        started(ours, programs)
    }

    /// One to a program that does not read, so that not even the first byte can be written.
    fn stuck() -> (Input, File, UnixStream) {
        let (mut ours, programs) = UnixStream::pair().expect("socketpair");
        ours.set_nonblocking(true).expect("fcntl");
        while ours.write(&[0; 4096]).is_ok() {}
        while ours.write(&[0]).is_ok() {}
        started(ours, programs)
    }

    fn started(ours: UnixStream, programs: UnixStream) -> (Input, File, UnixStream) {
        let file = |end: UnixStream| File::from(OwnedFd::from(end));
        let (channel, host) = UnixStream::pair().expect("socketpair");
        (Input::start(file(ours), Channel::new(file(channel))).expect("start"), file(programs), host)
    }

    fn answered(host: &mut UnixStream) -> u32 {
        match receive(host).expect("receive") {
            Event::Answer { to, answer: Answer::Done } => to,
            other => panic!("the channel said {other:?}"),
        }
    }

    #[test]
    fn input_arrives_in_order_with_its_end_behind_it() {
        let (mut input, mut program, mut host) = input();
        for (call, bytes) in [(1, "one "), (2, "two "), (3, "three")] {
            input.push(call, bytes.into()).expect("push");
        }
        input.end();
        let mut read = String::new();
        program.read_to_string(&mut read).expect("read");
        assert_eq!(read, "one two three");
        assert_eq!([answered(&mut host), answered(&mut host), answered(&mut host)], [1, 2, 3]);
        input.push(4, b"late".into()).expect_err("the end was announced");
    }

    #[test]
    fn what_nobody_reads_is_refused_before_it_fills_the_memory() {
        let (mut input, program, mut host) = stuck();
        input.push(0, vec![0; QUEUE_MAX]).expect_err("too much at once");
        let refused = (1..).find(|call| input.push(*call, vec![0; 64 << 10]).is_err()).expect("an endless range");
        assert_eq!(refused, 16, "15 such pieces fit into the queue");
        assert!(input.push(refused, vec![0; 64 << 10]).expect_err("full").to_string().contains("65536 bytes"));
        // One who goes on to send single bytes is refused as well.
        assert!((0..QUEUE_MAX / ENTRY).any(|_| input.push(refused, vec![0]).is_err()));
        // The program has ended, what it has started still has its input: all that was taken is answered.
        drop(input);
        assert!((1..refused).all(|call| answered(&mut host) == call));
        drop(program);
    }
}
