//! What the kernel does meanwhile, and what it costs.

use anyhow::{Context, Result};
use crossings_sysfs::{Attribute, trace::FUNCTIONS};
use lesson::{
    child::Child,
    cost::{self, costs},
    ftrace::{self, marked},
    part,
};
use nix::{
    libc::SYS_poll,
    poll::{PollFlags, PollTimeout},
    unistd::getppid,
};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let mut brightness = Attribute::of_lamp("brightness")?;
    let other = Attribute::of_lamp("brightness")?;
    other.store(b"10")?;
    let names = ["reader", "writer"];
    let lines = ftrace::tasks(&names, (FUNCTIONS, FUNCTIONS), &[], || {
        let reader = Child::named(c"reader", || {
            marked("read(2)", || brightness.value())?;
            let news = || brightness.poll(PollFlags::POLLPRI, PollTimeout::NONE);
            marked("poll(2)", news).map(drop)
        })?;
        reader.asleep_in(SYS_poll)?;
        Child::named(c"writer", || marked("write(2)", || other.store(b"20")).map(drop))?
            .wait()?;
        Ok(reader.wait()?)
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
