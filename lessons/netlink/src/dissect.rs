//! A request to the family, taken apart byte by byte.

use crate::{Attribute, Command, RangeAttribute};
use neli::consts::{alignto, nl::NlmF};

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// The bytes.
    pub bytes: &'a [u8],
    /// What they mean.
    pub meaning: String,
}

/// Takes apart a well-formed request. Of one that ends too early, the pieces that are
/// there.
pub fn dissect(request: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut cut = |offset: usize, length: usize, meaning: &dyn Fn(&[u8]) -> String| {
        if let Some(bytes) = request.get(offset..offset + length) {
            pieces.push(Piece { offset, bytes, meaning: meaning(bytes) });
        }
    };
    // struct nlmsghdr
    cut(0, 4, &|bytes| format!("length {}", number(bytes)));
    cut(4, 2, &|_| "type: the family's number".into());
    cut(6, 2, &|bytes| format!("flags {}", flags(number(bytes) as u16)));
    cut(8, 4, &|bytes| format!("sequence number {}", number(bytes)));
    cut(12, 4, &|bytes| format!("port {}", number(bytes)));
    // struct genlmsghdr
    cut(16, 1, &|bytes| format!("command {:?}", Command::from(bytes[0])));
    cut(17, 1, &|bytes| format!("version {}", number(bytes)));
    cut(18, 2, &|_| "reserved".into());
    // struct nlattr, payload, padding, and so on
    let mut offset = 20;
    let mut nest_end = 0;
    while let Some(&[a, b, c, d]) = request.get(offset..offset + 4) {
        let (length, kind) = (u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
        let (nested, end) = (kind & NLA_F_NESTED != 0, offset + usize::from(length.max(4)));
        let name = match offset < nest_end {
            true => RangeAttribute::from(kind).to_string(),
            false => Attribute::from(kind & !NLA_F_NESTED).to_string(),
        };
        let what = if nested { "nest" } else { "attribute" };
        cut(offset, 4, &|_| format!("{what} {name}, length {length}"));
        if nested {
            (nest_end, offset) = (end, offset + 4);
            continue;
        }
        let payload = end - offset - 4;
        cut(offset + 4, payload, &|bytes| match payload {
            4 => number(bytes).to_string(),
            _ => format!("{:?}", String::from_utf8_lossy(bytes)),
        });
        if end < alignto(end) {
            cut(end, alignto(end) - end, &|_| "padding".into());
        }
        offset = alignto(end);
    }
    pieces
}

/// In the type of an attribute: the payload is attributes.
const NLA_F_NESTED: u16 = 1 << 15;

/// Numbers in netlink have the byte order of the machine.
fn number(bytes: &[u8]) -> u32 {
    let mut wide = [0; 4];
    let shared = bytes.len().min(4);
    wide[..shared].copy_from_slice(&bytes[..shared]);
    u32::from_le_bytes(wide)
}

fn flags(bits: u16) -> String {
    let names =
        NlmF::from_bits_retain(bits).iter_names().map(|(name, _)| name).collect::<Vec<_>>();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gauges::{attribute, message, range_attribute},
        refusal::Result,
        socket,
    };
    use neli::ToBytes;
    use std::io::Cursor;

    fn request() -> Result<Vec<u8>> {
        let attributes = [attribute(Attribute::Name, "oil")?, range_attribute(&(1..=2))?];
        let mut bytes = Cursor::new(Vec::new());
        socket::message(30, NlmF::empty(), 7, message(Command::New, attributes)?)?
            .to_bytes(&mut bytes)?;
        Ok(bytes.into_inner())
    }

    #[test]
    fn the_pieces_put_together_are_the_message() -> Result<()> {
        let request = request()?;
        let pieces = dissect(&request);
        assert_eq!(
            pieces.iter().flat_map(|piece| piece.bytes).copied().collect::<Vec<_>>(),
            request
        );
        assert!(pieces.iter().any(|piece| piece.meaning == "nest range, length 20"));
        Ok(())
    }

    #[test]
    fn a_message_cut_short_is_no_reason_to_panic() -> Result<()> {
        let request = request()?;
        for end in 0..request.len() {
            dissect(&request[..end]);
        }
        Ok(())
    }
}
