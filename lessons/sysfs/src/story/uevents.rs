//! What the kernel tells all who listen: uevents.

use anyhow::{Context, Result, bail};
use crossings_sysfs::{
    Attribute, network,
    uevent::{Listener, Uevent},
};
use lesson::{part, show};
use std::thread;

// ANCHOR: a_uevent
pub fn a_uevent() -> Result<()> {
    part("a uevent");
    let brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"0")?;
    let listener = Listener::new().context("listen for uevents")?;
    for value in ["30", "60", "0"] {
        brightness.store(value.as_bytes())?;
        let uevents = listener.all_of("crossings")?;
        println!("brightness {value}: {} uevent", uevents.len());
        uevents.iter().for_each(print_uevent);
    }
    Ok(())
}
// ANCHOR_END: a_uevent

// ANCHOR: a_uevent_on_request
pub fn a_uevent_on_request() -> Result<()> {
    part("a uevent on request");
    let uevent = Attribute::of_lamp("uevent")?;
    let listener = Listener::new().context("listen for uevents")?;
    show("write \"change\"", uevent.store(b"change"));
    listener.all_of("crossings")?.iter().for_each(print_uevent);
    show("write \"explode\"", uevent.store(b"explode"));
    Ok(())
}
// ANCHOR_END: a_uevent_on_request

// ANCHOR: network_namespaces
pub fn network_namespaces() -> Result<()> {
    part("network namespaces");
    let brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"0")?;
    let here = Listener::new().context("listen for uevents")?;
    let heard = |there: &Listener, what: &str, subsystem: &str| {
        let [here, there] = [here.all_of(subsystem)?, there.all_of(subsystem)?];
        println!("{what}: heard here {}, there {}", here.len(), there.len());
        anyhow::Ok(here.first().and_then(|uevent| uevent.variable("SEQNUM")?.parse().ok()))
    };
    let story = || {
        let another = network::Namespace::enter().context("enter another namespace")?;
        let there = Listener::new().context("listen for uevents there")?;
        brightness.store(b"1")?;
        let before: Option<u64> = heard(&there, "the lamp goes on", "crossings")?;
        another.lo().store(b"change")?;
        heard(&there, "a change of lo there", "net")?;
        brightness.store(b"0")?;
        let after = heard(&there, "the lamp goes off", "crossings")?;
        anyhow::Ok(before.zip(after).is_some_and(|(before, after)| after > before + 1))
    };
    let Ok(gap) = thread::scope(|scope| scope.spawn(story).join()) else {
        bail!("the thread in another namespace panicked")
    };
    println!("here a SEQNUM is missing, and nothing was lost: {}", gap?);
    Ok(())
}
// ANCHOR_END: network_namespaces

// ANCHOR: lost_uevents
pub fn lost_uevents() -> Result<()> {
    part("lost uevents");
    let uevent = Attribute::of_lamp("uevent")?;
    let listener = Listener::new().context("listen for uevents")?;
    listener.set_room(8192).context("make room for few uevents")?;
    for _ in 0..100 {
        uevent.store(b"change")?;
    }
    show("first", listener.receive().map(|uevent| uevent.header));
    let arrived = listener.all_of("crossings")?.len();
    println!("then some: {}, but not all 100: {}", arrived > 0, arrived < 100);
    Ok(())
}
// ANCHOR_END: lost_uevents

fn print_uevent(uevent: &Uevent) {
    println!("  from the kernel: {}", uevent.from_kernel);
    println!("  {}", uevent.header);
    for line in &uevent.variables {
        match line.starts_with("SEQNUM=") {
            true => println!("  SEQNUM=(it counts up)"),
            false => println!("  {line}"),
        }
    }
}
