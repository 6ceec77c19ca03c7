//! The story of the chapter: gauges are made, read, listed and watched, and the kernel says
//! no in many ways.

use anyhow::{Context, Result};
use crossings_netlink::{
    Attribute, COUNT_MAX, Command, FAMILY, Gauge,
    copied::{self, Client, Leftover},
    dissect::dissect,
    family,
    gauges::{Gauges, attribute, message, range_attribute},
    links,
    listener::{Event, Listener, Mirror, Poller, apply},
    mistake,
    socket::{self, Socket},
    trace::FUNCTIONS,
};
use lesson::{cost::costs, ftrace, kmod::Module, part, user::as_ordinary_user};
use neli::{ToBytes, consts::nl::NlmF};
use nix::unistd::getppid;
use std::{fmt::Display, io::Cursor, time::Duration};

fn main() -> Result<()> {
    a_protocol_of_its_own()?;
    the_family()?;
    a_message()?;
    a_gauge()?;
    two_listeners()?;
    refused_by_the_module()?;
    refused_by_the_policy()?;
    refused_by_generic_netlink()?;
    not_allowed()?;
    an_overrun()?;
    the_path()?;
    the_copied_client()?;
    the_copied_module()?;

    let mut gauges = a_thousand_gauges()?;
    an_interrupted_dump(&mut gauges)?;
    too_many(&mut gauges)?;
    the_cost(&mut gauges)?;
    Ok(gauges.clear()?)
}

// ANCHOR: a_protocol_of_its_own
fn a_protocol_of_its_own() -> Result<()> {
    part("a protocol of its own");
    for link in links::dump().context("list the network interfaces")? {
        println!("{}: mtu {}, up {}", link.name, link.mtu, link.up);
    }
    Ok(())
}
// ANCHOR_END: a_protocol_of_its_own

// ANCHOR: the_family
fn the_family() -> Result<()> {
    part("the family");
    let mut socket = Socket::connect()?;
    let family = family::resolve(&mut socket, FAMILY)
        .with_context(|| format!("find the family \"{FAMILY}\""))?;
    println!("version: {}", family.version);
    println!("its number is above that of the family \"nlctrl\", 16: {}", family.id > 16);
    for (name, number) in &family.groups {
        println!("group \"{name}\", with a number: {}", *number > 0);
    }
    show(
        "a family that is not there",
        family::resolve(&mut socket, "ferries").map(|family| family.id),
    );
    Ok(())
}
// ANCHOR_END: the_family

// ANCHOR: a_message
fn a_message() -> Result<()> {
    part("a message");
    let attributes =
        [attribute(Attribute::Name, "boiler")?, range_attribute(&(200..=800))?];
    let request = socket::message(0, NlmF::empty(), 1, message(Command::New, attributes)?)?;
    let mut bytes = Cursor::new(Vec::new());
    request.to_bytes(&mut bytes)?;
    for piece in dissect(bytes.get_ref()) {
        let hex: String = piece.bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
        println!("{:2}  {hex:24}{}", piece.offset, piece.meaning);
    }
    Ok(())
}
// ANCHOR_END: a_message

// ANCHOR: a_gauge
fn a_gauge() -> Result<()> {
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

// ANCHOR: two_listeners
fn two_listeners() -> Result<()> {
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
        let event = tokio::time::timeout(Duration::from_secs(5), listener.next());
        events.push(event.await.context("wait for an event")??);
    }
    Ok(events)
}
// ANCHOR_END: two_listeners

// ANCHOR: refused_by_the_module
fn refused_by_the_module() -> Result<()> {
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
fn refused_by_the_policy() -> Result<()> {
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
fn refused_by_generic_netlink() -> Result<()> {
    part("refused by generic netlink");
    let mut gauges = connect()?;
    show("command 42", mistake::unknown_command(&mut gauges));
    show("reserved bytes that are not 0", mistake::reserved_bytes(&mut gauges));
    show("a flag that GET has no use for", mistake::meaningless_flag(&mut gauges));
    Ok(())
}
// ANCHOR_END: refused_by_generic_netlink

// ANCHOR: not_allowed
fn not_allowed() -> Result<()> {
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
    show("root sets, on root's socket", by_root.set_value(id, 1).map(done));
    by_root.clear()?;
    Ok(())
}
// ANCHOR_END: not_allowed

// ANCHOR: an_overrun
fn an_overrun() -> Result<()> {
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

// ANCHOR: the_copied_client
fn the_copied_client() -> Result<()> {
    part("the copied client");
    show("nobody answers protocol 31", Client::connect().map(|client| client.port));
    let module = Module::load(copied::MODULE).context("load crossings_netlink_copied")?;
    let client = Client::connect().context("open a socket of protocol 31")?;
    for (stack, leftover) in [
        ("zeros", Leftover::default()),
        ("ones", Leftover { control: usize::MAX, controllen: usize::MAX, flags: -1 }),
        ("a small number", Leftover { controllen: 24, control: 1, flags: 0 }),
    ] {
        println!("the stack held {stack}");
        show("  sendmsg(2)", client.send(client.port, leftover));
        println!("  messages that arrived: {}", copied::received()?);
        show("  recv(2), for 50 ms", client.receive());
    }
    drop(client);
    module.unload().context("unload crossings_netlink_copied")?;
    Ok(())
}
// ANCHOR_END: the_copied_client

// ANCHOR: the_copied_module
fn the_copied_module() -> Result<()> {
    part("the copied module");
    let module = Module::load(copied::MODULE).context("load crossings_netlink_copied")?;
    let (sender, other) = (Client::connect()?, Client::connect()?);
    sender.send(other.port, Leftover::default())?;
    println!("sent by the first socket, in the name of the second");
    show("  the first receives", sender.receive());
    show("  the second receives", other.receive());
    println!("sent in the name of port 0, the kernel's");
    let before = copied::received()?;
    sender.send(0, Leftover::default())?;
    println!("  messages that arrived: {}", copied::received()? - before);
    drop((sender, other));
    module.unload().context("unload crossings_netlink_copied")?;
    Ok(())
}
// ANCHOR_END: the_copied_module

// ANCHOR: the_path
fn the_path() -> Result<()> {
    part("the path");
    let mut gauges = connect()?;
    let id = gauges.create("boiler", 200..=800)?.id;
    let lines = ftrace::graph(FUNCTIONS, || {
        let _ = gauges.get(id);
        let _ = gauges.dump();
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    gauges.clear()?;
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: a_thousand_gauges
fn a_thousand_gauges() -> Result<Gauges> {
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
fn an_interrupted_dump(reader: &mut Gauges) -> Result<()> {
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
fn too_many(gauges: &mut Gauges) -> Result<()> {
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

// ANCHOR: the_cost
fn the_cost(gauges: &mut Gauges) -> Result<()> {
    part("the cost");
    let [cheapest, get] =
        costs(6, 20, [&mut || _ = getppid(), &mut || _ = gauges.get(500)]);
    let [dump] = costs(6, 1, [&mut || _ = gauges.dump()]);
    println!("one gauge costs more than 10 getppid(2): {}", get > 10 * cheapest);
    println!("a dump of 1024 costs less than 512 times one gauge: {}", dump < 512 * get);
    Ok(())
}
// ANCHOR_END: the_cost

fn connect() -> Result<Gauges> {
    Gauges::connect().with_context(|| format!("find the family \"{FAMILY}\""))
}

fn done<T>(_: T) -> &'static str {
    "done"
}

fn said(event: Option<Event>) -> String {
    match event {
        Some(Event::Changed(gauge)) => format!("changed to {}", gauge.value),
        Some(Event::Gone(_)) => "gone".into(),
        None => "nothing".into(),
    }
}

fn print_gauge(what: &str, gauge: &Gauge) {
    let Gauge { id, name, value, range, alarm } = gauge;
    println!(
        "{what}: gauge {id} \"{name}\", value {value}, range {} to {}, alarm {alarm}",
        range.start(),
        range.end()
    );
}

/// Prints what a call returned, or how it was refused.
fn show<T: Display, E: Display>(call: &str, result: std::result::Result<T, E>) {
    match result {
        Ok(value) => println!("{call}: {value}"),
        Err(error) => println!("{call}: {error}"),
    }
}
