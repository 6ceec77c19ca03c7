//! One `GAUGE_CMD_GET` and its answer, by the lesson's library, and how long it takes once. `compare.c` does the same in C.

use anyhow::{Context, Result, ensure};
use crossings_netlink::gauges::Gauges;
use lesson::compare::repeat;

fn main() -> Result<()> {
    let mut gauges = Gauges::connect().context("find the family")?;
    let gauge = gauges.create("compare", 1..=2).context("make a gauge")?;
    let result = repeat(|| {
        ensure!(gauges.get(gauge.id).context("GAUGE_CMD_GET")?.id == gauge.id);
        Ok(())
    });
    gauges.delete(gauge.id).context("remove it")?;
    result
}
