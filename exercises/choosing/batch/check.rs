//! Sends many small messages and asks the kernel how many calls that took. Then sends long ones into a pipe that is
//! read slowly, while signals arrive.

use crate::exercise::send;
use judge::{Context, Result, accepted, ensure, refused, to_a_slow_reader};
use nix::{
    errno::Errno,
    unistd::{pipe, read},
};
use std::{fs, os::fd::OwnedFd};

/// So many calls are enough for a thousand small messages.
const ENOUGH: u64 = 4;

pub fn check() -> Result<()> {
    a_few_messages()?;
    few_calls()?;
    nobody_reads()?;
    long_messages()
}

fn a_few_messages() -> Result<()> {
    let messages: [&[u8]; 4] = [b"one", b"", b"three", b"4"];
    let (reader, writer) = pipe()?;
    accepted("send", send(&writer, &messages))?;
    drop(writer);
    arrived(&read_all(&reader), &messages)
}

fn few_calls() -> Result<()> {
    let text = [b'm'; 32];
    let messages: Vec<&[u8]> = (0..1_000).map(|n| &text[..1 + n % 32]).collect();
    let (reader, writer) = pipe()?;
    let before = calls()?;
    accepted("send of 1000 small messages", send(&writer, &messages))?;
    let calls = calls()? - before;
    drop(writer);
    arrived(&read_all(&reader), &messages)?;
    ensure!(calls <= ENOUGH, "send of 1000 small messages takes {calls} calls that write, and {ENOUGH} are enough");
    Ok(())
}

/// How many calls that write this thread has made: write(2) and its relatives.
fn calls() -> Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/io").context("read /proc/thread-self/io")?;
    let count = text.lines().find_map(|line| line.strip_prefix("syscw: "));
    count.and_then(|count| count.parse().ok()).context("/proc/thread-self/io has no line syscw")
}

fn nobody_reads() -> Result<()> {
    let (reader, writer) = pipe()?;
    drop(reader);
    refused("send into a pipe without a reader", send(&writer, &[b"hello"]), Errno::EPIPE)
}

fn long_messages() -> Result<()> {
    let text: Vec<u8> = (0..512 << 10).map(|place: u32| (place / 7) as u8).collect();
    let bytes = text.clone();
    let (sent, arrived_bytes) = to_a_slow_reader("send of 64 long messages", move |pipe| {
        send(pipe, &bytes.chunks(8 << 10).collect::<Vec<_>>())
    })?;
    accepted("send while signals arrive", sent)?;
    arrived(&arrived_bytes, &text.chunks(8 << 10).collect::<Vec<_>>())
}

/// All that comes out of a pipe until nobody writes to it any more.
fn read_all(reader: &OwnedFd) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 16 << 10]);
    while let Ok(length @ 1..) = read(reader, &mut buffer) {
        bytes.extend(&buffer[..length]);
    }
    bytes
}

fn arrived(bytes: &[u8], messages: &[&[u8]]) -> Result<()> {
    let expected: Vec<u8> =
        messages.iter().flat_map(|message| [&(message.len() as u32).to_le_bytes(), *message].concat()).collect();
    ensure!(bytes.len() >= expected.len(), "send returns Ok, and not all of the bytes have arrived");
    ensure!(bytes.len() <= expected.len(), "more bytes have arrived than the messages and their lengths have");
    ensure!(bytes == expected, "as many bytes have arrived as were to be sent, but not the same ones");
    Ok(())
}
