//! Sends packets through a pipe; see pipe(2), O_DIRECT. Each read(2) returns one of them.

use crate::exercise::fill;
use judge::{Result, accepted, equal};
use nix::{
    fcntl::OFlag,
    unistd::{pipe2, write},
};

pub fn check() -> Result<()> {
    for packets in [&["one"][..], &["one, ", "two"], &["one, ", "two, ", "three"]] {
        let (reader, writer) = pipe2(OFlag::O_DIRECT)?;
        for packet in packets {
            write(&writer, packet.as_bytes())?;
        }
        drop(writer);
        let mut room = [0; 32];
        let filled = accepted("fill", fill(&reader, &mut room))?;
        let text = String::from_utf8_lossy(room.get(..filled).unwrap_or(&room));
        equal(&format!("what fill reads of the packets {packets:?}"), text, packets.concat().into())?;
    }
    Ok(())
}
