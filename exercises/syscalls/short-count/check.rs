//! Writes a mebibyte into a pipe that is read slowly, while signals arrive.

use crate::exercise::write_all;
use judge::{Result, accepted, ensure, refused, to_a_slow_reader, within};
use nix::{errno::Errno, unistd::pipe};
use std::time::Duration;

pub fn check() -> Result<()> {
    let sent: Vec<u8> = (0..1 << 20).map(|place: u32| (place / 7) as u8).collect();
    let bytes = sent.clone();
    let (written, arrived) = to_a_slow_reader("write_all", move |pipe| write_all(pipe, &bytes))?;
    accepted("write_all", written)?;
    ensure!(arrived.len() >= sent.len(), "write_all returned Ok, and only a part of the bytes has arrived");
    ensure!(arrived.len() <= sent.len(), "more bytes have arrived than were to be written");
    ensure!(arrived == sent, "as many bytes have arrived as were to be written, but not the same ones");

    let (reader, writer) = pipe()?;
    drop(reader);
    let nobody =
        within(Duration::from_secs(2), "write_all into a pipe without a reader", move || write_all(&writer, b"hello"))?;
    refused("write_all into a pipe without a reader", nobody, Errno::EPIPE)
}
