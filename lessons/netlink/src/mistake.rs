//! Requests that must fail, each wrong in one way only.

use crate::{
    Attribute, Command, RangeAttribute, VERSION,
    gauges::{Gauges, attribute, message, range_attribute},
    refusal::Result,
    socket::Answer,
};
use neli::{consts::nl::NlmF, types::Buffer};

/// What comes of a wrong request: an error, or the number of messages in an answer that
/// should not be there.
pub type Outcome = Result<usize>;

// ANCHOR: no_id
/// `GAUGE_CMD_GET` does not say which. EINVAL.
pub fn no_id(gauges: &mut Gauges) -> Outcome {
    gauges.request(message(Command::Get, [])?).map(count)
}
// ANCHOR_END: no_id

/// A value of three bytes. EINVAL.
pub fn short_value(gauges: &mut Gauges, id: u32) -> Outcome {
    let attributes =
        [attribute(Attribute::Id, id)?, attribute(Attribute::Value, [1u8, 2, 3])?];
    gauges.request(message(Command::Set, attributes)?).map(count)
}

/// An attribute that the contract does not have. EINVAL.
pub fn unknown_attribute(gauges: &mut Gauges, id: u32) -> Outcome {
    let attributes =
        [attribute(Attribute::Id, id)?, attribute(Attribute::UnrecognizedConst(9), 1u32)?];
    gauges.request(message(Command::Set, attributes)?).map(count)
}

/// An attribute of the contract, but not of this command. EINVAL.
pub fn misplaced_attribute(gauges: &mut Gauges, id: u32) -> Outcome {
    let attributes = [attribute(Attribute::Id, id)?, attribute(Attribute::Name, "other")?];
    gauges.request(message(Command::Set, attributes)?).map(count)
}

/// A range that is not marked as a nest. EINVAL.
pub fn unmarked_nest(gauges: &mut Gauges, id: u32) -> Outcome {
    let nest = Buffer::from(range_attribute(&(0..=1))?.nla_payload().as_ref());
    let attributes = [attribute(Attribute::Id, id)?, attribute(Attribute::Range, nest)?];
    gauges.request(message(Command::Set, attributes)?).map(count)
}

/// A range with one end. EINVAL.
pub fn half_range(gauges: &mut Gauges, id: u32) -> Outcome {
    let range = attribute(Attribute::Range, Buffer::new())?
        .nest(&attribute(RangeAttribute::Low, 1u32)?)?;
    gauges
        .request(message(Command::Set, [attribute(Attribute::Id, id)?, range])?)
        .map(count)
}

/// A range that ends before it begins. EINVAL.
#[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
pub fn reversed_range(gauges: &mut Gauges, id: u32) -> Outcome {
    let attributes = [attribute(Attribute::Id, id)?, range_attribute(&(800..=200))?];
    gauges.request(message(Command::Set, attributes)?).map(count)
}

// ANCHOR: overlong
/// An attribute that claims 200 bytes in a message that ends after 8. EINVAL.
pub fn overlong_attribute(gauges: &mut Gauges) -> Outcome {
    let kind = u16::from(Attribute::Id).to_ne_bytes();
    let attribute = [&200u16.to_ne_bytes()[..], &kind, &1u32.to_ne_bytes()].concat();
    gauges.request(raw(Command::Get, 0, &attribute)).map(count)
}
// ANCHOR_END: overlong

/// A command that the contract does not have. EOPNOTSUPP.
pub fn unknown_command(gauges: &mut Gauges) -> Outcome {
    gauges.request(raw(Command::UnrecognizedConst(42), 0, &[])).map(count)
}

/// Something in the reserved bytes of `struct genlmsghdr`. EINVAL.
pub fn reserved_bytes(gauges: &mut Gauges) -> Outcome {
    gauges.request(raw(Command::Get, 1, &[])).map(count)
}

/// A flag in `struct nlmsghdr` that means nothing here. EINVAL.
pub fn meaningless_flag(gauges: &mut Gauges) -> Outcome {
    let question = message(Command::Get, [attribute(Attribute::Id, 1u32)?])?;
    gauges.request_with(NlmF::CREATE, question).map(count)
}

/// A dump of one gauge. EINVAL.
pub fn dump_of_one(gauges: &mut Gauges, id: u32) -> Outcome {
    let question = message(Command::Get, [attribute(Attribute::Id, id)?])?;
    gauges.request_with(NlmF::DUMP, question).map(count)
}

/// `struct genlmsghdr` and any bytes.
fn raw(command: Command, reserved: u16, attributes: &[u8]) -> Buffer {
    let header = [command.into(), VERSION];
    Buffer::from([&header[..], &reserved.to_ne_bytes(), attributes].concat())
}

fn count(answer: Answer) -> usize {
    answer.messages
}
