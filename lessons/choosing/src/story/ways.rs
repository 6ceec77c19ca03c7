//! What every way carries, and what is too much for it.

use super::open;
use anyhow::{Context, Result};
use crossings_choosing::{
    MOST, To, WAYS,
    door::{self, DEVICE, Ioctl, PROC, SYSFS},
    too_long::ATTEMPTS,
};
use lesson::{part, show};
use std::os::unix::fs::FileExt;

pub fn there_and_back() -> Result<()> {
    part("there and back");
    println!("way            to        at most  8 bytes  all of it");
    for way in &WAYS {
        let mut crossing = open(way)?;
        let most = crossing.most();
        let mut unchanged = |length: usize| -> Result<&str> {
            if length > most || length == 0 {
                crossing.round_trip(&[], &mut [])?;
                return Ok("-");
            }
            let sent: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let mut back = vec![0; length];
            crossing.round_trip(&sent, &mut back)?;
            Ok(if sent == back { "same" } else { "changed" })
        };
        let (few, all) = (unchanged(8)?, unchanged(most)?);
        let to = if way.to == To::Kernel { "kernel" } else { "process" };
        println!("{:14} {to:7} {most:9}  {few:7}  {all}", way.name);
    }
    Ok(())
}

// ANCHOR: one_locker
pub fn one_locker() -> Result<()> {
    part("one locker");
    let device = door::open(DEVICE).with_context(|| format!("open {DEVICE}"))?;
    Ioctl::from(device.try_clone()?).put(b"left by ioctl").context("LOCKER_PUT")?;
    for path in [DEVICE, PROC, SYSFS] {
        let mut found = [0; 13];
        let door = door::open(path).with_context(|| format!("open {path}"))?;
        door.read_exact_at(&mut found, 0).with_context(|| format!("read {path}"))?;
        println!("{path}: {}", String::from_utf8_lossy(&found));
    }
    let mapping = door::map(&device, MOST).context("map the locker")?;
    // SAFETY: the first 13 bytes of the mapping; nobody changes them now.
    let found = unsafe { std::slice::from_raw_parts(mapping.as_ptr(), 13) };
    println!("the mapping: {}", String::from_utf8_lossy(found));
    Ok(())
}
// ANCHOR_END: one_locker

pub fn too_long() {
    part("too long");
    for attempt in &ATTEMPTS {
        show(attempt.what, (attempt.call)());
    }
}
