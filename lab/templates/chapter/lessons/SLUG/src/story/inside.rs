//! What the kernel does meanwhile, and what it costs.

use super::open;
use anyhow::{Context, Result};
use crossings_SLUG::FUNCTIONS;
use lesson::{
    cost::{costs, table},
    ftrace::{self, mark},
    part,
};
use nix::unistd::getppid;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let note = open()?;
    let lines = ftrace::graph(FUNCTIONS, || {
        mark("pwrite(2)");
        let _ = note.write(0, b"hello");
        mark("pread(2)");
        let _ = note.read(0, &mut [0; 5]);
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let note = open()?;
    let mut write = || _ = note.write(0, b"hello");
    let mut read = || _ = note.read(0, &mut [0; 5]);
    let [cheapest, writing, reading] =
        costs(30, 100, [&mut || _ = getppid(), &mut write, &mut read]);
    table(&[
        ("getppid(2)", cheapest),
        ("write five bytes", writing),
        ("read five bytes", reading),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
