//! Bytes go through: a few, as many as fit, very many, and from two sides at once.

use super::print::{both, names, text};
use anyhow::{Context, Result};
use crossings_chardev::{
    CAPACITY,
    caller::Caller,
    fill, is_nonblocking, open, read,
    ready::{consume, events, produce},
    set_nonblocking,
    transfer::{receive, send},
};
use lesson::{part, show};
use nix::{
    fcntl::OFlag,
    libc::SYS_poll,
    unistd::{dup, pipe, write},
};
use std::{fs::File, os::fd::AsFd, thread};

// ANCHOR: a_few_bytes
pub fn a_few_bytes() -> Result<()> {
    part("a few bytes");
    let (reader, writer) = both(OFlag::empty())?;
    println!("write hello: {}", write(&writer, b"hello")?);
    for size in [2, 100] {
        println!("read at most {size}: {}", text(read(&reader, &mut vec![0; size])?));
    }
    Ok(())
}
// ANCHOR_END: a_few_bytes

// ANCHOR: no_waiting
pub fn no_waiting() -> Result<()> {
    part("no waiting");
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    show("read when it is empty", read(&reader, &mut [0; 100]).map(|bytes| bytes.len()));
    show("write 70000 bytes", write(&writer, &[0; 70_000]));
    show("write 70000 bytes", write(&writer, &[0; 70_000]));
    show("read at most 100", read(&reader, &mut [0; 100]).map(|bytes| bytes.len()));
    show("write 70000 bytes", write(&writer, &[0; 70_000]));
    Ok(())
}
// ANCHOR_END: no_waiting

// ANCHOR: whose_flag
pub fn whose_flag() -> Result<()> {
    part("whose flag");
    let (first, second) = (open(OFlag::O_RDONLY)?, open(OFlag::O_RDONLY)?);
    let duplicate = File::from(dup(&first)?);
    set_nonblocking(&first, true)?;
    for (name, tube) in [("first", first), ("second", second), ("duplicate", duplicate)] {
        println!("{name} does not block: {}", is_nonblocking(&tube)?);
    }
    Ok(())
}
// ANCHOR_END: whose_flag

// ANCHOR: sixteen_mebibytes
pub fn sixteen_mebibytes() -> Result<()> {
    part("16 MiB");
    let (reader, writer) = both(OFlag::empty())?;
    let sender = thread::spawn(move || send(writer, 16 << 20));
    let received = receive(reader).context("receive")?;
    let sent = sender.join().ok().context("the sender panicked")?.context("send")?;
    println!("sent:     {} bytes, CRC {:08x}", sent.bytes, sent.crc);
    println!("received: {} bytes, CRC {:08x}", received.bytes, received.crc);
    println!("equal: {}", sent == received);
    Ok(())
}
// ANCHOR_END: sixteen_mebibytes

// ANCHOR: two_producers
pub fn two_producers() -> Result<()> {
    part("two producers");
    let reader = open(OFlag::O_RDONLY | OFlag::O_NONBLOCK)?;
    let (goodbyes, goodbye) = pipe()?;
    let mut producers = Vec::new();
    for (byte, length) in [(b'a', 300_000), (b'b', 500_000)] {
        let tube = open(OFlag::O_WRONLY | OFlag::O_NONBLOCK)?;
        let goodbye = goodbye.try_clone()?;
        let producer = Caller::start("producer", move || {
            produce(&tube, &vec![byte; length])?;
            write(&goodbye, &[byte])
        })?;
        producer.asleep_in(SYS_poll)?;
        producers.push((byte, producer));
    }
    drop(goodbye);
    println!("both producers wait for room");
    let [bytes, last] = consume([reader.as_fd(), goodbyes.as_fd()])?;
    for (byte, producer) in producers {
        producer.join()??;
        let (bytes, last) = (bytes[usize::from(byte)], last[usize::from(byte)]);
        println!("{}: {bytes} through the tube, {last} through the pipe", byte as char);
    }
    println!("all bytes through the tube: {}", bytes.iter().sum::<usize>());
    Ok(())
}
// ANCHOR_END: two_producers

pub fn what_poll_says() -> Result<()> {
    part("what poll says");
    println!("the tube                      reader        writer");
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    let row = |state: &str| -> Result<()> {
        println!("{state:29} {:13} {}", names(events(&reader)?), names(events(&writer)?));
        Ok(())
    };
    row("is empty")?;
    write(&writer, b"hello")?;
    row("has 5 bytes")?;
    fill(&writer)?;
    row("is full")?;
    drop(writer);
    println!("is full, the writer has gone  {}", names(events(&reader)?));
    read(&reader, &mut [0; CAPACITY])?;
    println!("is empty, the writer has gone {}", names(events(&reader)?));
    let writer = open(OFlag::O_WRONLY)?;
    drop(reader);
    println!("has no reader                               {}", names(events(&writer)?));
    Ok(())
}

// ANCHOR: the_end
pub fn the_end() -> Result<()> {
    part("the end");
    let (reader, writer) = both(OFlag::O_NONBLOCK)?;
    write(&writer, b"bye")?;
    drop(writer);
    for _ in 0..3 {
        show("read after the last writer has gone", read(&reader, &mut [0; 100]).map(text));
    }
    let writer = open(OFlag::O_WRONLY)?;
    show("read after a new writer has come", read(&reader, &mut [0; 100]).map(text));
    drop(reader);
    show("write after the last reader has gone", write(&writer, b"hello"));
    Ok(())
}
// ANCHOR_END: the_end
