//! What the kernel does meanwhile, and what it costs.

use anyhow::{Context, Result};
use crossings_semaphores::{
    asleep,
    cost::Echo,
    counter::Counter,
    holder::Holder,
    trace::{self, FUTEX},
    unnamed::Unnamed,
};
use lesson::{
    child::Child,
    cost::{self, costs},
    ftrace::{mark, marked},
    part,
    processor::OneProcessor,
};
use nix::{libc::SYS_openat, unistd::getppid};

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let semaphore = Unnamed::new(0)?;
    let wait = || Child::named(c"waiter", || marked("sem_wait", || semaphore.wait()));
    let post = || Child::named(c"poster", || marked("sem_post", || semaphore.post()));
    let functions = format!("{FUTEX} futex_wait futex_wake schedule");
    let lines = trace::record(FUTEX, &functions, || {
        mark("post, then wait");
        post()?.wait()?;
        wait()?.wait()?;

        mark("wait, then post");
        let waiter = wait()?;
        asleep::at(&waiter, &semaphore)?;
        post()?.wait()?;
        waiter.wait()?;

        mark("wait, and be killed");
        let waiter = wait()?;
        asleep::at(&waiter, &semaphore)?;
        waiter.kill()?;

        mark("post, when nobody waits");
        Ok(post()?.wait()?)
    });
    println!("{}", lines.context("record futex(2)")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_kernels_path
pub fn the_kernels_path() -> Result<()> {
    part("the kernel's path");
    let functions = "counter_open down_interruptible schedule_timeout counter_release up";
    let lines = trace::record("counter_open counter_release", functions, || {
        let poster = Holder::start(c"poster", 0)?;
        let waiter = Child::named(c"waiter", || Counter::open().map(drop))?;
        waiter.asleep_in(SYS_openat)?;
        poster.end()?;
        Ok(waiter.wait()?)
    });
    println!("{}", lines.context("record the path")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_kernels_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let _processor = OneProcessor::stay()?;
    let semaphore = Unnamed::new(0)?;
    let (echo, _child) = Echo::start()?;
    let [cheapest, alone, together, turn] = costs(
        20,
        50,
        [
            &mut || _ = getppid(),
            &mut || _ = semaphore.post().and_then(|()| semaphore.wait()),
            &mut || _ = echo.ask(),
            &mut || _ = Counter::open(),
        ],
    );
    cost::table(&[
        ("getppid(2)", cheapest),
        ("a post and a wait, alone", alone),
        ("a turn at the counter", turn),
        ("a question and its answer", together),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
