//! The parts of the story that look into the kernel: its record of the requests, what they
//! cost, and its functions.

use crate::{open, print::part};
use anyhow::{Context, Result};
use crossings_blockdev::{
    Disk, PAGE, SECTOR, cost::costs, sectors::Sectors, symbols, trace,
};
use nix::fcntl::OFlag;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let page = Sectors::filled(b'p', PAGE);
    let calls = || -> Result<()> {
        trace::mark("direct write of a page")?;
        direct.write_at(&page, 0)?;
        trace::mark("two cached writes of a page")?;
        cached.write_at(&page, 0)?;
        cached.write_at(&page, PAGE as u64)?;
        trace::mark("fsync")?;
        cached.sync()?;
        trace::mark("discard of a page")?;
        Ok(cached.discard(0, PAGE as u64)?)
    };
    let (result, lines) =
        trace::record(calls).context("record the block layer's events")?;
    println!("{}", lines.join("\n"));
    result.context("make the recorded calls")
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost() -> Result<()> {
    part("the cost");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let memory = Sectors::filled(b't', 64 * SECTOR);
    // The other parts have shown that these calls succeed.
    let each_to = |disk: &Disk, start: u64, then: &dyn Fn()| {
        for (sector, offset) in memory.chunks(SECTOR).zip((start..).step_by(SECTOR)) {
            let _ = disk.write_at(sector, offset);
            then();
        }
    };
    let [at_once, one_by_one, synced_once, synced_each] = costs([
        &|| _ = direct.write_at(&memory, 0),
        &|| each_to(&direct, 0, &|| ()),
        &|| {
            each_to(&cached, 1 << 20, &|| ());
            let _ = cached.sync();
        },
        &|| each_to(&cached, 1 << 20, &|| _ = cached.sync()),
    ]);
    println!("64 sectors one by one, directly");
    println!("  more than twice the price of one call: {}", one_by_one > 2 * at_once);
    println!("64 sectors one by one, to the cache, an fsync after each");
    println!(
        "  more than twice the price of one at the end: {}",
        synced_each > 2 * synced_once
    );
    Ok(())
}
// ANCHOR_END: the_cost

// ANCHOR: the_copied_names
pub fn the_copied_names() -> Result<()> {
    part("the copied names");
    let copied = [
        "blk_init_queue",
        "blk_fetch_request",
        "__blk_end_request_all",
        "blk_cleanup_queue",
    ];
    let ours =
        ["__blk_mq_alloc_disk", "blk_mq_start_request", "blk_mq_end_request", "put_disk"];
    let present =
        symbols::present(&[copied, ours].concat()).context("read /proc/kallsyms")?;
    for (copied, ours) in copied.into_iter().zip(ours) {
        let answer = |name: &str| if present.contains(&name) { "yes" } else { "no" };
        println!("{copied:22} {:3}  {ours:21} {}", answer(copied), answer(ours));
    }
    Ok(())
}
// ANCHOR_END: the_copied_names
