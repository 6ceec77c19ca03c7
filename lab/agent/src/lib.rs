//! The protocol between the host (`lab`) and the guest's PID 1 (this crate's binary).
//!
//! It travels over one virtio-serial port, so that results never mix with the console, which is the kernel log.
//! Each frame is a little-endian `u32` length and that many bytes of [postcard](https://postcard.jamesmunns.com).
//! The host sends [`Call`]s, the guest sends [`Event`]s; both ends are built from this file in one run, and a
//! template VM is keyed by the agent's bytes, so the two can never be of different versions.
//!
//! Every call has a number, and exactly one [`Event::Answer`] names it. The guest takes calls in order and answers them in
//! order, but for [`Request::Input`], which is answered when the program has taken it.

mod whereabouts;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

pub use whereabouts::{ANSWERS, LOOKS, Progress, STILL, SystemCall, Thread, WHERE};

/// The name of the virtio-serial port, as it stands in `/sys/class/virtio-ports/*/name`.
pub const PORT: &str = "lab.agent";

/// The variable that names another port, for a machine without virtio: the kernel hands its PID 1 what it does not know of
/// its command line, such as `LAB_PORT=/dev/ttyS1`.
pub const PORT_VARIABLE: &str = "LAB_PORT";

/// Where the agent stands in the guest, which takes it for PID 1 there.
pub const PROGRAM: &str = "/init";

/// The longest frame either side accepts, in bytes. A longer one means that the two are out of step.
pub const FRAME_MAX: u32 = 64 << 20;

/// A request, and the number that its answer names.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// Chosen by the host, which uses none twice.
    pub id: u32,
    /// What it wants.
    pub request: Request,
}

/// What the host asks of the guest. Unless something else is said, the answer is [`Answer::Done`] or [`Answer::Failed`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// The first request to a clone: set the clock and stir the random pool, or every clone would be a twin.
    Wake {
        /// Time since 1970-01-01 UTC.
        clock: Duration,
        /// Fresh randomness from the host.
        entropy: [u8; 32],
    },
    /// Write a file, making its folders.
    Put {
        /// Absolute path in the guest.
        path: String,
        /// Permission bits, as for chmod(2).
        mode: u32,
        /// The whole content.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Write one line to the kernel log (`/dev/kmsg`).
    Log {
        /// The line, without a newline.
        line: String,
    },
    /// Press a "magic SysRq" key (Documentation/admin-guide/sysrq.rst), e.g. `w` to log blocked tasks.
    Sysrq {
        /// The command key.
        key: char,
    },
    /// Say where the threads of all processes are that run a program. Answered by [`Answer::Threads`].
    Threads {
        /// Its absolute path.
        program: String,
    },
    /// Start a program in a session of its own. The call's id is the program's from now on. Answered when it has been
    /// started; its [`News`] follow, and may come before the answer.
    Spawn {
        /// Program and arguments.
        argv: Vec<String>,
        /// Variables added to the guest's environment.
        env: Vec<(String, String)>,
        /// Run it on a pseudo-terminal of this size (stdout and stderr then arrive as one), or on pipes.
        terminal: Option<Size>,
        /// Make a named pipe at this path, through which it speaks to the host beside its output ([`Stream::Aside`]).
        aside: Option<String>,
        /// Tell, [`LOOKS`] times a second, how it gets on ([`News::Looked`]).
        watched: bool,
    },
    /// Bytes for a program's standard input; none means end of file, after all that was sent before.
    ///
    /// They wait in a queue of [`QUEUE_MAX`] bytes. [`Answer::Done`] comes once the program has been given all of them, or
    /// when it does not read any more; it is never late for end of file, nor for a program that has ended.
    /// [`Answer::Failed`] comes at once, and nothing of them is given, when they do not fit into the queue, and when they come
    /// after end of file.
    Input {
        /// The program.
        program: u32,
        /// What to write.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The host's terminal changed its size. Nothing to do for a program that has none, or has ended.
    Resize {
        /// The program.
        program: u32,
        /// The new size.
        size: Size,
    },
    /// Send a signal to a program's whole process group. Nothing to do for one that has ended.
    Kill {
        /// The program.
        program: u32,
        /// Signal number, as in signal(7).
        signal: i32,
    },
}

/// How many bytes of input may wait for one program, what the queue itself costs included. A host that sends on without
/// waiting for answers is refused then, and the guest keeps its memory.
pub const QUEUE_MAX: usize = 1 << 20;

/// A terminal's size in character cells.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Size {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
}

/// What the guest tells the host.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// The guest has booted: the template may be taken.
    Ready,
    /// What became of a call.
    Answer {
        /// The call's id.
        to: u32,
        /// The answer.
        answer: Answer,
    },
    /// Something has happened to a program.
    News {
        /// The program.
        program: u32,
        /// What.
        news: News,
    },
}

/// What became of a call.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It was carried out.
    Done,
    /// It could not be carried out.
    Failed {
        /// Operation, object and errno, e.g. `write /x: ENOSPC: No space left on device`.
        why: String,
    },
    /// Where a program's threads are.
    Threads(Vec<Thread>),
}

/// What happens to a program.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// It wrote something.
    Output {
        /// Where it wrote.
        stream: Stream,
        /// What it wrote.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// It is watched, and was looked at.
    Looked(Progress),
    /// It ended, all of its output was sent, and nothing that it started in its session is left. The last news of it.
    Exited(Exit),
}

/// A program's output stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output, or everything if the program has a terminal.
    Stdout,
    /// Standard error.
    Stderr,
    /// The named pipe that it was started with, if it was.
    Aside,
}

/// How a program ended, as wait(2) tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It returned this status.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit status {code}"),
            Exit::Signal(number) => match nix::sys::signal::Signal::try_from(*number) {
                Ok(signal) => write!(f, "killed by {signal}"),
                Err(_) => write!(f, "killed by signal {number}"),
            },
        }
    }
}

/// Writes one frame. Errors are those of the stream.
pub fn send(stream: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_stdvec(message).map_err(io::Error::other)?;
    let mut frame = (body.len() as u32).to_le_bytes().to_vec();
    frame.extend(body);
    stream.write_all(&frame)?;
    stream.flush()
}

/// Reads one frame. `UnexpectedEof` when the other side has gone; `InvalidData` when it speaks something else.
pub fn receive<T: DeserializeOwned>(stream: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > FRAME_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body)?;
    postcard::from_bytes(&body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_survives_the_wire() {
        let mut wire = Vec::new();
        let said = || News::Output { stream: Stream::Stderr, bytes: vec![0, 255] };
        send(&mut wire, &Event::News { program: 7, news: said() }).expect("send");
        match receive(&mut wire.as_slice()).expect("receive") {
            Event::News { program: 7, news } => assert_eq!(news, said()),
            other => panic!("received {other:?}"),
        }
    }

    #[test]
    fn a_cut_frame_is_an_end_of_file_and_a_long_one_is_refused() {
        let mut wire = Vec::new();
        send(&mut wire, &Event::Ready).expect("send");
        wire.pop();
        let error = receive::<Event>(&mut wire.as_slice()).expect_err("cut");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = receive::<Event>(&mut u32::MAX.to_le_bytes().as_slice()).expect_err("long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
