//! ZeroMQ's protocol, as far as it takes to read what goes over a connection and to write something else: RFC 23, ZMTP 3.0,
//! <https://rfc.zeromq.org/spec/23/>. A greeting of 64 bytes goes each way first, then frames, which are commands or the parts
//! of messages. Jupyter uses neither authentication nor encryption of ZeroMQ's.

use std::io::{self, Read, Write};

/// How long a greeting is.
const GREETING: u64 = 64;

/// The flags of a frame.
const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// So much of a connection is read at once for a message; what a notebook shows may be large, but not this large.
const MOST: u64 = 1 << 30;

/// What goes one way over a connection.
pub enum Sent {
    /// A command, as it is.
    Command(Vec<u8>),
    /// The parts of a message.
    Message(Vec<Vec<u8>>),
}

/// Passes the greeting on as it comes: each side waits for the other's first bytes before it sends the rest of its own.
pub fn greet(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    match io::copy(&mut from.take(GREETING), to)? {
        GREETING => to.flush(),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Reads what is sent next.
pub fn receive(from: &mut impl Read) -> io::Result<Sent> {
    let mut parts = Vec::new();
    loop {
        let mut flags = [0];
        from.read_exact(&mut flags)?;
        let body = body(from, flags[0] & LONG != 0)?;
        if flags[0] & COMMAND != 0 {
            return Ok(Sent::Command(body));
        }
        parts.push(body);
        if flags[0] & MORE == 0 {
            return Ok(Sent::Message(parts));
        }
    }
}

fn body(from: &mut impl Read, long: bool) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    from.read_exact(if long { &mut length } else { &mut length[7..] })?;
    let length = u64::from_be_bytes(length);
    let mut body = Vec::new();
    if length > MOST || from.take(length).read_to_end(&mut body)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(body)
}

/// Sends it on, in one piece.
pub fn send(to: &mut impl Write, sent: &Sent) -> io::Result<()> {
    let mut bytes = Vec::new();
    match sent {
        Sent::Command(body) => frame(&mut bytes, COMMAND, body),
        Sent::Message(parts) => {
            for (place, part) in parts.iter().enumerate() {
                frame(&mut bytes, if place + 1 < parts.len() { MORE } else { 0 }, part);
            }
        }
    }
    to.write_all(&bytes)
}

fn frame(bytes: &mut Vec<u8>, flags: u8, body: &[u8]) {
    match u8::try_from(body.len()) {
        Ok(length) => bytes.extend([flags, length]),
        Err(_) => {
            bytes.push(flags | LONG);
            bytes.extend((body.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_read_again() {
        let parts = vec![vec![], b"short".to_vec(), vec![b'l'; 255], vec![b'x'; 256]];
        let mut bytes = Vec::new();
        send(&mut bytes, &Sent::Command(b"\x05READY".to_vec())).expect("send");
        send(&mut bytes, &Sent::Message(parts.clone())).expect("send");
        let mut from = bytes.as_slice();
        assert!(matches!(receive(&mut from), Ok(Sent::Command(body)) if body == b"\x05READY"));
        assert!(matches!(receive(&mut from), Ok(Sent::Message(read)) if read == parts));
        assert!(receive(&mut from).is_err(), "the end");
    }

    #[test]
    fn a_frame_that_is_cut_off_or_beyond_measure_is_none() {
        assert!(receive(&mut b"\x00\x05abcd".as_slice()).is_err());
        assert!(receive(&mut b"\x02\xff\xff\xff\xff\xff\xff\xff\xffabc".as_slice()).is_err());
    }
}
