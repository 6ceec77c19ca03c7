//! The protocol between the host (`lab`) and the guest's PID 1 (this crate's binary).
//!
//! It travels over one virtio-serial port, so that results never mix with the console, which is the kernel log.
//! Each frame is a little-endian `u32` length and that many bytes of [postcard](https://postcard.jamesmunns.com).
//! The host sends [`Request`]s, the guest sends [`Event`]s; both ends are built from this file in one run, and a
//! template VM is keyed by the agent's bytes, so the two can never be of different versions.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// The name of the virtio-serial port, as it stands in `/sys/class/virtio-ports/*/name`.
pub const PORT: &str = "lab.agent";

/// The longest frame either side accepts, in bytes. A longer one means that the two are out of step.
pub const FRAME_MAX: u32 = 64 << 20;

/// What the host asks of the guest.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// The first request to a clone: set the clock and stir the random pool, or every clone would be a twin.
    /// Answered by [`Event::Done`].
    Wake {
        /// Time since 1970-01-01 UTC.
        clock: Duration,
        /// Fresh randomness from the host.
        entropy: [u8; 32],
    },
    /// Write a file, making its folders. Answered by [`Event::Done`] or [`Event::Failed`].
    Put {
        /// Absolute path in the guest.
        path: String,
        /// Permission bits, as for chmod(2).
        mode: u32,
        /// The whole content.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Write one line to the kernel log (`/dev/kmsg`). Answered by [`Event::Done`].
    Log {
        /// The line, without a newline.
        line: String,
    },
    /// Press a "magic SysRq" key (Documentation/admin-guide/sysrq.rst), e.g. `w` to log blocked tasks.
    /// Answered by [`Event::Done`] or [`Event::Failed`].
    Sysrq {
        /// The command key.
        key: char,
    },
    /// Say where the threads of all processes are that run a program. Answered by [`Event::Stacks`].
    Stacks {
        /// Its absolute path.
        program: String,
    },
    /// Start a program in a session of its own. Answered by [`Event::Output`]s and one [`Event::Exited`],
    /// or by [`Event::Failed`].
    Spawn {
        /// Chosen by the host; every later message about this program carries it.
        id: u32,
        /// Program and arguments.
        argv: Vec<String>,
        /// Variables added to the guest's environment.
        env: Vec<(String, String)>,
        /// Run it on a pseudo-terminal of this size (stdout and stderr then arrive as one), or on pipes.
        terminal: Option<Size>,
    },
    /// Bytes for a program's standard input; none means end of file.
    Input {
        /// The program.
        id: u32,
        /// What to write.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The host's terminal changed its size.
    Resize {
        /// The program.
        id: u32,
        /// The new size.
        size: Size,
    },
    /// Send a signal to a program's whole process group.
    Kill {
        /// The program.
        id: u32,
        /// Signal number, as in signal(7).
        signal: i32,
    },
}

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
    /// The last request that wants an answer was carried out.
    Done,
    /// The last request could not be carried out.
    Failed {
        /// Operation, object and errno, e.g. `write /x: ENOSPC: No space left on device`.
        why: String,
    },
    /// Where a program's threads are.
    Stacks {
        /// For each, its name, its system call, and the top of its stack in the kernel.
        text: String,
    },
    /// A program wrote something.
    Output {
        /// The program.
        id: u32,
        /// Where it wrote.
        stream: Stream,
        /// What it wrote.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// A program ended, all of its output was sent, and nothing that it started in its session is left.
    Exited {
        /// The program.
        id: u32,
        /// How it ended.
        exit: Exit,
    },
}

/// A program's output stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output, or everything if the program has a terminal.
    Stdout,
    /// Standard error.
    Stderr,
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
        send(&mut wire, &Event::Output { id: 7, stream: Stream::Stderr, bytes: vec![0, 255] }).expect("send");
        match receive(&mut wire.as_slice()).expect("receive") {
            Event::Output { id: 7, stream: Stream::Stderr, bytes } => assert_eq!(bytes, [0, 255]),
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
