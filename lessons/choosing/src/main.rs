//! The story of the chapter: every way carries the same bytes, says what is too much for it,
//! shows the path that it takes, and what is sure about its price.

use anyhow::{Context, Result};
use crossings_choosing::{
    Crossing, MOST, To, WAYS, Way,
    door::{self, DEVICE, Ioctl, PROC, SYSFS},
    shared,
    too_long::ATTEMPTS,
    trace,
};
use lesson::{cost::costs, part, processor::OneProcessor, show};
use std::{
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

fn main() -> Result<()> {
    let _processor = OneProcessor::stay()?;
    there_and_back()?;
    one_locker()?;
    too_long();
    the_path()?;
    the_cost()?;
    the_first_time()
}

fn there_and_back() -> Result<()> {
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
fn one_locker() -> Result<()> {
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

fn too_long() {
    part("too long");
    for attempt in &ATTEMPTS {
        show(attempt.what, (attempt.call)());
    }
}

// ANCHOR: the_path
fn the_path() -> Result<()> {
    part("the path");
    for (name, size) in
        [("read, write", 64), ("/proc", 64), ("/sys", 8192), ("netlink", 64)]
    {
        let (bytes, mut back) = (vec![1; size], vec![0; size]);
        let mut crossing = open(way(name)?)?;
        let mut result = Ok(());
        let lines = trace::record(|| result = crossing.round_trip(&bytes, &mut back));
        result.with_context(|| format!("cross by {name}"))?;
        println!("{name}, {size} bytes");
        println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    }
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
fn the_cost() -> Result<()> {
    part("the cost");
    const K64: usize = 64 << 10;
    let [call, mmap, ioctl, device, proc, event] = costs(
        20,
        50,
        [
            &mut trips("getppid", 0)?,
            &mut trips("mmap", 64)?,
            &mut trips("ioctl", 64)?,
            &mut trips("read, write", 64)?,
            &mut trips("/proc", 64)?,
            &mut trips("eventfd", 0)?,
        ],
    );
    let [device64, pipe, shared] = costs(
        20,
        1,
        [
            &mut trips("read, write", K64)?,
            &mut trips("pipe", MOST)?,
            &mut trips("shared memory", MOST)?,
        ],
    );
    let near = |one: Duration, other: Duration| one < 3 * other && other < 3 * one;
    println!("64 bytes");
    println!("  ioctl and read, write are within a factor of 3: {}", near(ioctl, device));
    println!("  /proc and read, write are within a factor of 3: {}", near(proc, device));
    println!("  mmap and its ioctl cost less than read, write: {}", mmap < device);
    println!("  an eventfd there and back costs more than read, write: {}", event > device);
    println!("  and more than 10 getppid: {}", event > 10 * call);
    println!("64 KiB");
    println!(
        "  by read, write: less than a thousand times 64 bytes: {}",
        device64 < 1000 * device
    );
    println!("1 MiB");
    println!("  by a pipe: more than by shared memory: {}", pipe > shared);
    Ok(())
}
// ANCHOR_END: the_cost

/// A round trip of `size` bytes by the way called `name`, again and again.
fn trips(name: &str, size: usize) -> Result<impl FnMut()> {
    let mut crossing = open(way(name)?)?;
    let (bytes, mut back) = (vec![1; size], vec![0; size]);
    crossing.round_trip(&bytes, &mut back).with_context(|| format!("cross by {name}"))?;
    Ok(move || _ = crossing.round_trip(&bytes, &mut back))
}

// ANCHOR: the_first_time
fn the_first_time() -> Result<()> {
    part("the first time");
    let mut crossing = shared::shared().context("make shared memory")?;
    let (bytes, mut back) = (vec![1; MOST], vec![0; MOST]);
    let mut times = Vec::new();
    for _ in 0..12 {
        let start = Instant::now();
        crossing.round_trip(&bytes, &mut back).context("cross by shared memory")?;
        times.push(start.elapsed());
    }
    let first = times.remove(0);
    times.sort();
    let median = times[times.len() / 2];
    println!(
        "the first took more than twice the median of the others: {}",
        first > 2 * median
    );
    Ok(())
}
// ANCHOR_END: the_first_time

fn way(name: &str) -> Result<&'static Way> {
    WAYS.iter().find(|way| way.name == name).with_context(|| format!("there is no {name}"))
}

fn open(way: &Way) -> Result<Box<dyn Crossing>> {
    (way.open)().with_context(|| format!("make {} ready", way.name))
}
