//! A table of gauges in the kernel, reached through netlink(7).
//!
//! The companion module `kmods/netlink` registers the generic netlink family "crossings".
//! This file is the contract. [`socket`] sends a request and collects what the kernel
//! answers, [`refusal`] is how it says no, [`family`] finds the family's numbers,
//! [`attributes`] reads what an answer says,
//! [`gauges`] makes the requests that work and [`mistake`] those that do not, [`policy`] asks
//! what a command takes, [`listener`] receives events, [`dissect`] takes a message apart. [`links`] talks to a protocol that
//! is older than generic netlink, [`copied`] is the client of the widely copied example,
//! and [`trace`] says which of the kernel's functions to record.

pub mod attributes;
pub mod copied;
pub mod dissect;
pub mod family;
pub mod gauges;
pub mod links;
pub mod listener;
pub mod mistake;
pub mod policy;
pub mod refusal;
pub mod socket;
pub mod trace;

use attributes::Attributes;
use neli::{
    consts::genl::{Cmd, NlAttrType},
    err::DeError,
    neli_enum,
};
use std::{fmt, ops::RangeInclusive};

/// The family's name; its number is found with [`family::resolve`].
pub const FAMILY: &str = "crossings";
/// The version of the contract.
pub const VERSION: u8 = 1;
/// The name of the group that hears of every change.
pub const GROUP: &str = "events";
/// The most gauges there can be.
pub const COUNT_MAX: usize = 1024;

// ANCHOR: commands
/// What a message is about: `GAUGE_CMD_…` of the contract.
#[neli_enum(serialized_type = "u8")]
pub enum Command {
    /// One gauge, or as a dump all of them.
    Get = 1,
    /// Make a gauge.
    New = 2,
    /// Change a gauge.
    Set = 3,
    /// Remove a gauge.
    Del = 4,
    /// Event: a gauge was made or changed.
    Changed = 5,
    /// Event: a gauge was removed.
    Gone = 6,
}
impl Cmd for Command {}

/// What an attribute says: `GAUGE_A_…` of the contract.
#[neli_enum(serialized_type = "u16")]
pub enum Attribute {
    /// u32, from 1.
    Id = 1,
    /// String, at most 15 bytes.
    Name = 2,
    /// u32, at most 10000.
    Value = 3,
    /// Nest of [`RangeAttribute`].
    Range = 4,
    /// Flag: the value is outside the range.
    Alarm = 5,
}
impl NlAttrType for Attribute {}
// ANCHOR_END: commands

/// What an attribute inside [`Attribute::Range`] says: `GAUGE_RANGE_A_…` of the contract.
#[neli_enum(serialized_type = "u16")]
pub enum RangeAttribute {
    /// u32.
    Low = 1,
    /// u32, not below low.
    High = 2,
}
impl NlAttrType for RangeAttribute {}

/// The last word of the contract's name in small letters, or the number if the contract has
/// no name for it.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Attribute::UnrecognizedConst(number) => number.fmt(f),
            known => f.write_str(&format!("{known:?}").to_lowercase()),
        }
    }
}

/// As for [`Attribute`].
impl fmt::Display for RangeAttribute {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            RangeAttribute::UnrecognizedConst(number) => number.fmt(f),
            known => f.write_str(&format!("{known:?}").to_lowercase()),
        }
    }
}

// ANCHOR: gauge
/// A gauge, as an answer or an event describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Its number in the table.
    pub id: u32,
    /// Its name, which need not be unique.
    pub name: String,
    /// What it shows.
    pub value: u32,
    /// Where the value should be.
    pub range: RangeInclusive<u32>,
    /// Whether the value is outside.
    pub alarm: bool,
}

impl Gauge {
    fn new(attributes: &Attributes<Attribute>) -> Result<Gauge, DeError> {
        let range = attributes.nest(Attribute::Range)?;
        let low = range.number(RangeAttribute::Low)?;
        let high = range.number(RangeAttribute::High)?;
        Ok(Gauge {
            id: attributes.number(Attribute::Id)?,
            name: text(attributes.get(Attribute::Name)?),
            value: attributes.number(Attribute::Value)?,
            range: low..=high,
            alarm: attributes.find(Attribute::Alarm).is_some(),
        })
    }
}

/// The kernel takes any bytes for a name, so they need not be UTF-8.
fn text(bytes: &[u8]) -> String {
    let name = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    String::from_utf8_lossy(name).into_owned()
}
// ANCHOR_END: gauge
