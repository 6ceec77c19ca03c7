//! What the kernel does meanwhile, and what it costs.

use super::{open, way};
use anyhow::{Context, Result};
use crossings_choosing::{MOST, shared, trace};
use lesson::{
    cost::{self, costs},
    part,
};
use std::time::Instant;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    for (name, size) in
        [("read, write", 64), ("/proc", 64), ("/sys", 8192), ("netlink", 64)]
    {
        let (bytes, mut back) = (vec![1; size], vec![0; size]);
        let mut crossing = open(way(name)?)?;
        let mut result = Ok(());
        let lines = trace::record(|| result = crossing.round_trip(&bytes, &mut back));
        result.with_context(|| format!("cross by {name}"))?;
        println!("/* {name}: {size} bytes */");
        println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    }
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
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
    cost::table(&[
        ("getppid", call),
        ("64 bytes by mmap and its ioctl", mmap),
        ("64 bytes by ioctl", ioctl),
        ("64 bytes by read, write", device),
        ("64 bytes by /proc", proc),
        ("an eventfd, to a process and back", event),
        ("64 KiB by read, write", device64),
        ("1 MiB by shared memory", shared),
        ("1 MiB by a pipe", pipe),
    ]);
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
pub fn the_first_time() -> Result<()> {
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
    cost::table(&[("the median of the others", median), ("the first", first)]);
    Ok(())
}
// ANCHOR_END: the_first_time
