//! The part of the story that looks from below: which pages come when, by what path, and at
//! what price.

use super::open;
use anyhow::{Context, Result};
use crossings_mmap::{
    PAGE_SIZE, buffer::BUFFER_SIZE, cost, pages, ring::Ring, trace::FUNCTIONS,
};
use lesson::{
    cost::costs,
    ftrace::{self, mark},
    part,
};
use std::{hint::black_box, sync::atomic::Ordering::Relaxed};

// ANCHOR: the_pages
pub fn the_pages() -> Result<()> {
    part("the pages");
    let buffer = open()?;
    // Once before, so that the pages of this program itself are all there.
    pages::touch(&buffer.map(0, BUFFER_SIZE)?);
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    for time in ["first", "second"] {
        println!(
            "16 pages of the buffer, touched the {time} time: {} faults",
            pages::faults(|| pages::touch(&mapping))?
        );
    }
    let ring = Ring::open().context("open /dev/crossings_mmap_ring")?;
    println!(
        "9 pages of the ring, touched the first time: {} faults",
        pages::faults(|| ring.touch())?
    );
    Ok(())
}
// ANCHOR_END: the_pages

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let buffer = open()?;
    let (shared, private) = (buffer.map(0, BUFFER_SIZE)?, buffer.map_private()?);
    let lines = ftrace::graph(FUNCTIONS, || {
        mark("store to the shared page");
        shared.bytes()[0].store(1, Relaxed);
        mark("store to it again");
        shared.bytes()[0].store(2, Relaxed);
        mark("store to a private page");
        private.bytes()[0].store(1, Relaxed);
        mark("load from another private page");
        black_box(private.bytes()[PAGE_SIZE].load(Relaxed));
        mark("store to that one");
        private.bytes()[PAGE_SIZE].store(1, Relaxed);
        mark("open and map a ring");
        let _ = Ring::open();
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

pub fn the_cost() -> Result<()> {
    part("the cost");
    let buffer = open()?;
    let mapping = buffer.map(0, BUFFER_SIZE).context("map the buffer")?;
    let (mut all, mut piece, mut byte) = ([0; BUFFER_SIZE], [0; 64], [0; 1]);
    let [summing, reading_all, reading, filling, writing, mapping_byte, reading_byte] =
        costs(
            10,
            1,
            [
                &mut || _ = black_box(cost::sum_mapped(&mapping)),
                &mut || _ = black_box(cost::sum_read(&buffer, &mut all)),
                &mut || _ = black_box(cost::sum_read(&buffer, &mut piece)),
                &mut || _ = cost::fill_mapped(&mapping),
                &mut || _ = cost::fill_written(&buffer, &[0; 64]),
                &mut || {
                    _ = buffer.map(0, BUFFER_SIZE).map(|all| all.bytes()[0].load(Relaxed))
                },
                &mut || _ = buffer.read_at(&mut byte, 0),
            ],
        );
    let (taking, calling) = cost::of_taking()?;
    lesson::cost::table(&[
        ("getppid(2)", calling),
        ("to take a record from the ring", taking),
        ("to read one byte", reading_byte),
        ("to map, load one byte and unmap", mapping_byte),
        ("to add up 64 KiB in a mapping", summing),
        ("  with one read(2)", reading_all),
        ("  with read(2) in pieces of 64 bytes", reading),
        ("to fill 64 KiB in a mapping", filling),
        ("  with write(2) in pieces of 64 bytes", writing),
    ]);
    Ok(())
}
