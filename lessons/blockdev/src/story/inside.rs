//! The parts of the story that look into the kernel: its record of the requests, what they
//! cost, and its functions.

use super::{
    open,
    print::{statistics, statistics_header},
};
use anyhow::{Context, Result};
use crossings_blockdev::{Disk, PAGE, SECTOR, sectors::Sectors, symbols, trace};
use lesson::{
    cost::{self, costs},
    ftrace, part,
};
use nix::fcntl::OFlag;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let (cached, direct) = (open(OFlag::O_RDWR)?, open(OFlag::O_RDWR | OFlag::O_DIRECT)?);
    let page = Sectors::filled(b'p', PAGE);
    let calls = || -> Result<()> {
        ftrace::mark("direct write of a page");
        direct.write_at(&page, 0)?;
        ftrace::mark("two cached writes of a page");
        cached.write_at(&page, 0)?;
        cached.write_at(&page, PAGE as u64)?;
        ftrace::mark("fsync");
        cached.sync()?;
        ftrace::mark("discard of a page");
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
    let bytes = Sectors::filled(b't', 64 * SECTOR);
    let one_by_one = |disk: &Disk, then: &dyn Fn() -> nix::Result<()>| {
        let mut sectors = bytes.chunks(SECTOR).zip((0..).step_by(SECTOR));
        sectors.try_for_each(|(sector, offset)| {
            disk.write_at(sector, offset)?;
            then()
        })
    };
    let at_once = || direct.write_at(&bytes, 0).map(drop);
    let each = || one_by_one(&direct, &|| Ok(()));
    let sync_once = || one_by_one(&cached, &|| Ok(())).and_then(|()| cached.sync());
    let sync_each = || one_by_one(&cached, &|| cached.sync());

    statistics_header();
    statistics("directly, in one call", at_once)?;
    statistics("directly, one by one", each)?;
    cached.write_at(&bytes, 0).and_then(|_| cached.sync())?;
    statistics("cached, one fsync at the end", sync_once)?;
    statistics("cached, an fsync after each", sync_each)?;

    let [at_once, each] = costs(10, 1, [&mut || _ = at_once(), &mut || _ = each()]);
    let [sync_once, sync_each] =
        costs(10, 1, [&mut || _ = sync_once(), &mut || _ = sync_each()]);
    println!();
    cost::table(&[
        ("directly, in one call", at_once),
        ("directly, one by one", each),
        ("cached, one fsync at the end", sync_once),
        ("cached, an fsync after each", sync_each),
    ]);
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
