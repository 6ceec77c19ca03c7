//! Gauges: one, and a thousand.

use super::{
    connect,
    print::{print_gauge, show},
};
use anyhow::Result;
use crossings_netlink::{COUNT_MAX, gauges::Gauges};
use lesson::part;

// ANCHOR: a_gauge
pub fn a_gauge() -> Result<()> {
    part("a gauge");
    let mut gauges = connect()?;
    let boiler = gauges.create("boiler", 200..=800)?;
    print_gauge("made", &boiler);
    gauges.set_value(boiler.id, 250)?;
    print_gauge("at 250", &gauges.get(boiler.id)?);
    gauges.set_value(boiler.id, 801)?;
    print_gauge("at 801", &gauges.get(boiler.id)?);
    gauges.delete(boiler.id)?;
    show("removed", gauges.get(boiler.id).map(|gauge| gauge.name));
    Ok(())
}
// ANCHOR_END: a_gauge

// ANCHOR: an_echo
pub fn an_echo() -> Result<()> {
    part("an echo");
    let mut gauges = connect()?;
    let id = gauges.create("boiler", 200..=800)?.id;
    print_gauge("set with ECHO, answered", &gauges.set_value_echoed(id, 260)?);
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: an_echo

// ANCHOR: a_thousand_gauges
pub fn a_thousand_gauges() -> Result<Gauges> {
    part("a thousand gauges");
    let mut gauges = connect()?;
    for number in 1..=1000 {
        gauges.create(&format!("gauge {number}"), 0..=10_000)?;
    }
    let (all, answer) = gauges.dump()?;
    println!("messages: {}", answer.messages);
    println!("datagrams: {}", answer.datagrams);
    println!(
        "ids from 1 to 1000, in order: {}",
        all.iter().map(|gauge| gauge.id).eq(1..=1000)
    );
    Ok(gauges)
}
// ANCHOR_END: a_thousand_gauges

// ANCHOR: an_interrupted_dump
pub fn an_interrupted_dump(reader: &mut Gauges) -> Result<()> {
    part("an interrupted dump");
    let mut writer = connect()?;
    let sequence = reader.start_dump()?;
    writer.delete(1)?;
    writer.delete(1000)?;
    let (all, answer) = reader.finish_dump(sequence)?;
    println!("first dump: {} gauges, interrupted: {}", all.len(), answer.interrupted);
    for id in [1, 1000] {
        println!("  gauge {id} is in it: {}", all.iter().any(|gauge| gauge.id == id));
    }
    let (all, answer) = reader.dump()?;
    println!("second dump: {} gauges, interrupted: {}", all.len(), answer.interrupted);
    Ok(())
}
// ANCHOR_END: an_interrupted_dump

// ANCHOR: too_many
pub fn too_many(gauges: &mut Gauges) -> Result<()> {
    part("too many");
    let (all, _) = gauges.dump()?;
    for number in all.len()..COUNT_MAX {
        gauges.create(&format!("filler {number}"), 0..=10_000)?;
    }
    show("one more than 1024", gauges.create("boiler", 0..=1).map(|gauge| gauge.id));
    gauges.delete(77)?;
    show(
        "when gauge 77 is removed, the new one is",
        gauges.create("boiler", 0..=1).map(|gauge| gauge.id),
    );
    Ok(())
}
// ANCHOR_END: too_many
