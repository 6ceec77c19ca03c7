//! What the calls cost.

use super::open;
use anyhow::Result;
use lesson::{
    cost::{costs, table},
    part,
};
use nix::unistd::getppid;

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
