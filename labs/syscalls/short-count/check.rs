//! Writes a mebibyte into a pipe that is read slowly, while signals arrive.

use crate::exercise::write_all;
use check::{Result, accepted, bail, ensure, refused, within};
use nix::{
    errno::Errno,
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
    },
    unistd::{pipe, read},
};
use std::{
    os::fd::OwnedFd,
    sync::mpsc::{self, TryRecvError},
    thread,
    time::Duration,
};

pub fn check() -> Result<()> {
    check::let_signals_interrupt()?;
    let sent: Vec<u8> = (0..1 << 20).map(|place: u32| (place / 7) as u8).collect();
    let arrived = transfer(&sent)?;
    ensure!(arrived.len() >= sent.len(), "write_all returned Ok, and only a part of the bytes has arrived");
    ensure!(arrived.len() <= sent.len(), "more bytes have arrived than were to be written");
    ensure!(arrived == sent, "as many bytes have arrived as were to be written, but not the same ones");

    let (reader, writer) = pipe()?;
    drop(reader);
    let nobody =
        within(Duration::from_secs(2), "write_all into a pipe without a reader", move || write_all(&writer, b"hello"))?;
    refused("write_all into a pipe without a reader", nobody, Errno::EPIPE)
}

/// Has `write_all` write `sent` into a pipe; returns what comes out of it.
fn transfer(sent: &[u8]) -> Result<Vec<u8>> {
    let (reader, writer) = pipe()?;
    let slow_reader = thread::spawn(move || read_slowly(&reader));
    let (thread_id, threads) = mpsc::channel();
    let (result, results) = mpsc::channel();
    let bytes = sent.to_vec();
    thread::spawn(move || {
        let _ = thread_id.send(pthread_self());
        let _ = result.send(write_all(&writer, &bytes));
        // A thread that has ended must not be signalled.
        drop(writer);
        thread::sleep(Duration::from_secs(60));
    });
    let written = signal_until_done(threads.recv()?, &results)?;
    accepted("write_all", written)?;
    slow_reader.join().map_err(|_| check::anyhow!("the reader panicked"))
}

fn signal_until_done(writer: Pthread, results: &mpsc::Receiver<nix::Result<()>>) -> Result<nix::Result<()>> {
    for round in 0..2_500 {
        match results.try_recv() {
            Ok(result) => return Ok(result),
            // After the hundredth, even a write that begins again each time gets to its end.
            Err(TryRecvError::Empty) if round < 100 => pthread_kill(writer, Signal::SIGUSR1)?,
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => bail!("write_all panicked"),
        }
        thread::sleep(Duration::from_millis(2));
    }
    bail!("write_all has not returned after 5 s")
}

fn read_slowly(reader: &OwnedFd) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 16 << 10]);
    while let Ok(length @ 1..) = read(reader, &mut buffer) {
        bytes.extend(&buffer[..length]);
        thread::sleep(Duration::from_millis(3));
    }
    bytes
}
