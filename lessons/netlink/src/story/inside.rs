//! What the kernel does meanwhile, and what it costs.

use super::connect;
use anyhow::{Context, Result};
use crossings_netlink::{gauges::Gauges, trace::FUNCTIONS};
use lesson::{
    cost::{self, costs},
    ftrace::{self, mark},
    part,
};
use nix::unistd::getppid;

// ANCHOR: the_path
pub fn the_path() -> Result<()> {
    part("the path");
    let mut gauges = connect()?;
    let id = gauges.create("boiler", 200..=800)?.id;
    let lines = ftrace::graph(FUNCTIONS, || {
        mark("one gauge");
        let _ = gauges.get(id);
        mark("a dump");
        let _ = gauges.dump();
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
pub fn the_cost(gauges: &mut Gauges) -> Result<()> {
    part("the cost");
    let [cheapest, get] =
        costs(6, 20, [&mut || _ = getppid(), &mut || _ = gauges.get(500)]);
    let [dump] = costs(6, 1, [&mut || _ = gauges.dump()]);
    cost::table(&[
        ("getppid(2)", cheapest),
        ("one gauge", get),
        ("a dump of 1024 gauges", dump),
    ]);
    Ok(())
}
// ANCHOR_END: the_cost
