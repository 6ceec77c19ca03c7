//! What the kernel does meanwhile, and what it costs.

use anyhow::{Context, Result};
use crossings_sysfs::{Attribute, trace::FUNCTIONS};
use lesson::{
    cost::{self, costs},
    ftrace, part,
};
use nix::{
    poll::{PollFlags, PollTimeout},
    unistd::getppid,
};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let mut brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"10")?;
    let lines = ftrace::graph(FUNCTIONS, || {
        let _ = brightness.value();
        let _ = brightness.store(b"20");
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let polled = Attribute::of_lamp("brightness")?;
    let mut brightness = Attribute::of_lamp("brightness")?;
    let [cheapest, poll, read, reopen] = costs(
        10,
        100,
        [
            &mut || _ = getppid(),
            &mut || _ = polled.poll(PollFlags::POLLPRI, PollTimeout::ZERO),
            &mut || _ = brightness.value(),
            &mut || _ = Attribute::of_lamp("brightness").and_then(|mut file| file.value()),
        ],
    );
    cost::table(&[
        ("getppid(2)", cheapest),
        ("poll(2) for news", poll),
        ("a value from the open file", read),
        ("open, read and close", reopen),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
