//! Those who listen, and those who do not read what they are sent.

use super::{
    connect,
    print::{print_gauge, said, show},
};
use anyhow::{Context, Result};
use crossings_netlink::listener::{Event, Listener, Mirror, Poller, apply};
use lesson::part;
use std::time::Duration;

// ANCHOR: two_listeners
pub fn two_listeners() -> Result<()> {
    part("two listeners");
    let mut gauges = connect()?;
    let group = gauges.group()?;
    let outsider = Poller::join(0, 1 << 16)?; // group 0 is none
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (first, second) = runtime.block_on(async {
        let (first, second) = (Listener::join(group)?, Listener::join(group)?);
        let (first, second, changed) =
            tokio::join!(three_events(&first), three_events(&second), async {
                let boiler = gauges.create("boiler", 200..=800)?;
                gauges.set_value(boiler.id, 250)?;
                gauges.delete(boiler.id)
            });
        changed?;
        anyhow::Ok((first?, second?))
    })?;
    for (name, events) in [("first", &first), ("second", &second)] {
        println!("{name} listener:");
        for event in events {
            match event {
                Event::Changed(gauge) => print_gauge("  changed", gauge),
                Event::Gone(gauge) => print_gauge("  gone", gauge),
            }
        }
    }
    println!(
        "a socket outside the group heard something: {}",
        outsider.try_next()?.is_some()
    );
    Ok(())
}

async fn three_events(listener: &Listener) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    while events.len() < 3 {
        let event = tokio::time::timeout(Duration::from_secs(60), listener.next());
        events.push(event.await.context("wait for an event")??);
    }
    Ok(events)
}
// ANCHOR_END: two_listeners

// ANCHOR: an_overrun
pub fn an_overrun() -> Result<()> {
    part("an overrun");
    let mut gauges = connect()?;
    let id = gauges.create("boiler", 200..=800)?.id;
    let listener = Poller::join(gauges.group()?, 4096)?;
    for value in 1..=500 {
        gauges.set_value(id, value)?;
    }

    show("first read", listener.try_next().map(said));
    show("second read", listener.try_next().map(said));
    gauges.set_value(id, 501)?;
    let mut mirror = Mirror::new();
    let mut heard = 1;
    while let Some(event) = listener.try_next()? {
        heard += 1;
        apply(&mut mirror, event);
    }
    println!("heard some of the 501 events, not all: {}", heard < 501);
    println!("heard and dropped together: {}", heard + listener.drops()?);
    let last = mirror.get(&id).context("no event was kept")?;
    println!("the last value heard is 501: {}", last.value == 501);

    let (all, _) = gauges.dump()?;
    mirror = all.into_iter().map(|gauge| (gauge.id, gauge)).collect();
    gauges.set_value(id, 502)?;
    while let Some(event) = listener.try_next()? {
        apply(&mut mirror, event);
    }
    let right = mirror.get(&id) == Some(&gauges.get(id)?);
    println!("after a dump and one more event the mirror is right: {right}");
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: an_overrun

// ANCHOR: no_room_for_the_answer
pub fn no_room_for_the_answer() -> Result<()> {
    part("no room for the answer");
    let (mut deaf, mut other) = (connect()?, connect()?);
    let id = other.create("boiler", 200..=800)?.id;
    deaf.socket().set_memory(4096)?;
    for _ in 0..100 {
        deaf.ask_only(id)?;
    }
    show(
        "NEW, and nothing was read for a while",
        deaf.create("pump", 0..=1).map(|_| "made"),
    );
    let (all, _) = other.dump()?;
    println!("the gauge is there: {}", all.iter().any(|gauge| gauge.name == "pump"));
    other.clear()?;
    Ok(())
}
// ANCHOR_END: no_room_for_the_answer
