//! What is refused: by the module, by its policy, by generic netlink, and to whom.

use super::{
    connect,
    print::{done, show},
};
use anyhow::Result;
use crossings_netlink::{FAMILY, family, mistake, socket::Socket};
use lesson::{part, user::as_ordinary_user};
use nix::sched::{CloneFlags, unshare};
use std::thread;

// ANCHOR: refused_by_the_module
pub fn refused_by_the_module() -> Result<()> {
    part("refused by the module");
    let mut gauges = connect()?;
    let id = gauges.create("boiler", 200..=800)?.id;
    show("an id that is not there", gauges.get(99).map(|gauge| gauge.name));
    show("no id", mistake::no_id(&mut gauges));
    show("a range without an end", mistake::half_range(&mut gauges, id));
    show("a range from 800 to 200", mistake::reversed_range(&mut gauges, id));
    // Only the errno: 6.1 has no room for a text here.
    let errno = mistake::dump_of_one(&mut gauges, id).err().and_then(|error| error.errno());
    println!(
        "a dump of one gauge: {}",
        errno.map_or("done".into(), |errno| format!("{errno:?}"))
    );
    gauges.socket().set_texts(false)?;
    show("an id that is not there, without texts", gauges.get(99).map(|gauge| gauge.name));
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: refused_by_the_module

// ANCHOR: refused_by_the_policy
pub fn refused_by_the_policy() -> Result<()> {
    part("refused by the policy");
    let mut gauges = connect()?;
    let boiler = gauges.create("boiler", 200..=800)?;
    let id = boiler.id;
    show("a value of 3 bytes", mistake::short_value(&mut gauges, id));
    show("a value of 10001", gauges.set_value(id, 10_001).map(done));
    show(
        "a name of 16 bytes",
        gauges.create("sixteen letters.", 0..=1).map(|gauge| gauge.name),
    );
    show("attribute 9", mistake::unknown_attribute(&mut gauges, id));
    show("a name for SET", mistake::misplaced_attribute(&mut gauges, id));
    show("a range that is not marked as a nest", mistake::unmarked_nest(&mut gauges, id));
    show("an attribute longer than the message", mistake::overlong_attribute(&mut gauges));
    println!("the gauge is what it was: {}", gauges.get(id)? == boiler);
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: refused_by_the_policy

// ANCHOR: refused_by_generic_netlink
pub fn refused_by_generic_netlink() -> Result<()> {
    part("refused by generic netlink");
    let mut gauges = connect()?;
    show("command 42", mistake::unknown_command(&mut gauges));
    show("reserved bytes that are not 0", mistake::reserved_bytes(&mut gauges));
    show("a flag that GET has no use for", mistake::meaningless_flag(&mut gauges));
    Ok(())
}
// ANCHOR_END: refused_by_generic_netlink

// ANCHOR: not_allowed
pub fn not_allowed() -> Result<()> {
    part("not allowed");
    let mut by_root = connect()?;
    let id = by_root.create("boiler", 200..=800)?.id;
    as_ordinary_user(|| {
        show("an ordinary user gets", by_root.get(id).map(|gauge| gauge.name));
        show("an ordinary user sets, on root's socket", by_root.set_value(id, 1).map(done));
    })?;
    let mut by_ordinary_user = as_ordinary_user(connect)??;
    show(
        "root sets, on an ordinary user's socket",
        by_ordinary_user.set_value(id, 1).map(done),
    );
    show(
        "the same with the kernel's address",
        by_ordinary_user.set_value_addressed(id, 1).map(done),
    );
    show("root sets, on root's socket", by_root.set_value(id, 1).map(done));
    by_root.clear()?;
    Ok(())
}
// ANCHOR_END: not_allowed

// ANCHOR: another_network_namespace
pub fn another_network_namespace() -> Result<()> {
    part("another network namespace");
    thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET)?;
        for name in ["nlctrl", FAMILY] {
            let found = family::resolve(&mut Socket::connect()?, name);
            show(name, found.map(|_| "found"));
        }
        anyhow::Ok(())
    })
    .join()
    .expect("the thread does not panic")
}
// ANCHOR_END: another_network_namespace
