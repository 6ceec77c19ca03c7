//! What goes through a socket: another protocol's messages, the family of our module, and
//! what its messages are made of.

use super::{connect, print::show};
use anyhow::{Context, Result};
use crossings_netlink::{
    Attribute, Command, FAMILY, RangeAttribute,
    dissect::dissect,
    family,
    gauges::{attribute, message, range_attribute},
    links, policy,
    socket::{self, Socket},
};
use lesson::part;
use neli::{ToBytes, consts::nl::NlmF};
use std::io::Cursor;

// ANCHOR: a_protocol_of_its_own
pub fn a_protocol_of_its_own() -> Result<()> {
    part("a protocol of its own");
    for link in links::dump().context("list the network interfaces")? {
        println!("{}: mtu {}, up {}", link.name, link.mtu, link.up);
    }
    Ok(())
}
// ANCHOR_END: a_protocol_of_its_own

// ANCHOR: the_family
pub fn the_family() -> Result<()> {
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
pub fn a_message() -> Result<()> {
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

// ANCHOR: what_new_takes
pub fn what_new_takes() -> Result<()> {
    part("what NEW takes");
    let family = connect()?.family().id;
    let mut socket = Socket::connect()?;
    let rules = policy::rules(&mut socket, family, Command::New.into())?;
    for ((policy, attribute), rule) in &rules {
        let name = match policy {
            0 => Attribute::from(*attribute).to_string(),
            _ => RangeAttribute::from(*attribute).to_string(),
        };
        println!("policy {policy}, {name}: {rule}");
    }
    Ok(())
}
// ANCHOR_END: what_new_takes
