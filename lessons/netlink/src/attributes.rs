//! Reading attributes where they lie.
//!
//! neli's own type for bytes of any kind is [`Buffer`], a copy. With it
//! each attribute of each message is allocated, filled with zeros, overwritten and freed.
//! What is here copies nothing: [`Attributes`] for what an answer says, and for the few
//! messages that neli takes apart, refusals, [`Place`].

use neli::{
    FromBytesWithInput, Size,
    consts::genl::NlAttrType,
    err::DeError,
    types::{Buffer, GenlBuffer},
};
use std::{io::Cursor, marker::PhantomData, ops::Range};

// ANCHOR: place
/// A payload that stays in the datagram: from which byte to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Range<usize>);

impl FromBytesWithInput for Place {
    type Input = usize;

    /// Steps over `length` bytes. InvalidInput: there are not so many.
    fn from_bytes_with_input(
        datagram: &mut Cursor<impl AsRef<[u8]>>,
        length: usize,
    ) -> Result<Place, DeError> {
        let start = datagram.position() as usize;
        if length > datagram.get_ref().as_ref().len().saturating_sub(start) {
            return Err(DeError::InvalidInput(length));
        }
        let place = start..start + length;
        datagram.set_position(place.end as u64);
        Ok(Place(place))
    }
}

impl Place {
    /// The bytes, in the datagram from which the place was read.
    pub fn of<'a>(&self, datagram: &'a [u8]) -> &'a [u8] {
        &datagram[self.0.clone()]
    }
}
// ANCHOR_END: place

impl Size for Place {
    fn unpadded_size(&self) -> usize {
        self.0.len()
    }
}

// ANCHOR: walk
/// Calls `each` for every attribute in `bytes`, with its type and its payload. InvalidInput:
/// one is longer than the rest, or shorter than its own header.
pub fn walk<'a, E: From<DeError>>(
    bytes: &'a [u8],
    mut each: impl FnMut(u16, &'a [u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = bytes;
    while let [length_0, length_1, kind_0, kind_1, ..] = *rest {
        let length = usize::from(u16::from_ne_bytes([length_0, length_1]));
        let kind = u16::from_ne_bytes([kind_0, kind_1]) & NLA_TYPE_MASK;
        let payload = rest.get(HEADER..length).ok_or(DeError::InvalidInput(length))?;
        each(kind, payload)?;
        // The next one begins at a multiple of four.
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    if rest.is_empty() { Ok(()) } else { Err(DeError::InvalidInput(rest.len()).into()) }
}

/// The bytes of an attribute's header, `struct nlattr`: its length with the header, its type.
const HEADER: usize = 4;

/// The bits of a type that are not flags; `NLA_TYPE_MASK` of linux/netlink.h.
const NLA_TYPE_MASK: u16 = 0x3fff;
// ANCHOR_END: walk

// ANCHOR: attributes
/// The payloads of a message or of a nest by type, as in the module's `info->attrs`.
pub struct Attributes<'a, T> {
    payloads: [Option<&'a [u8]>; TYPES],
    kind: PhantomData<T>,
}

/// Types from here on are left out: a newer module may have more than we know.
const TYPES: usize = 6;

impl<'a, T: NlAttrType> Attributes<'a, T> {
    /// Those that lie in `bytes` and nowhere else. InvalidInput: as for [`walk`].
    pub fn new(bytes: &'a [u8]) -> Result<Attributes<'a, T>, DeError> {
        let mut attributes = Attributes::none();
        walk(bytes, |kind, payload| -> Result<(), DeError> {
            attributes.enter(kind, payload);
            Ok(())
        })?;
        Ok(attributes)
    }

    /// The payload of an attribute, if it is there.
    pub fn find(&self, kind: T) -> Option<&'a [u8]> {
        *self.payloads.get(usize::from(kind.into()))?
    }

    /// The payload of an attribute that must be there.
    pub fn get(&self, kind: T) -> Result<&'a [u8], DeError> {
        self.find(kind).ok_or_else(|| DeError::new("an attribute is missing"))
    }

    /// The same as a number. InvalidInput: it has another size.
    pub fn number(&self, kind: T) -> Result<u32, DeError> {
        let payload = self.get(kind)?;
        let bytes = payload.try_into().map_err(|_| DeError::InvalidInput(payload.len()))?;
        Ok(u32::from_ne_bytes(bytes))
    }

    /// The same as a nest.
    pub fn nest<S: NlAttrType>(&self, kind: T) -> Result<Attributes<'a, S>, DeError> {
        Attributes::new(self.get(kind)?)
    }
}
// ANCHOR_END: attributes

impl<'a, T: NlAttrType> Attributes<'a, T> {
    fn none() -> Attributes<'a, T> {
        Attributes { payloads: [None; TYPES], kind: PhantomData }
    }

    fn enter(&mut self, kind: u16, payload: &'a [u8]) {
        if let Some(entry) = self.payloads.get_mut(usize::from(kind)) {
            *entry = Some(payload);
        }
    }
}

/// Those of a message that neli has taken apart, and so copied, already.
impl<'a, T: NlAttrType> From<&'a GenlBuffer<T, Buffer>> for Attributes<'a, T> {
    fn from(list: &'a GenlBuffer<T, Buffer>) -> Attributes<'a, T> {
        let mut attributes = Attributes::none();
        for attribute in list.iter() {
            let kind = (*attribute.nla_type().nla_type()).into();
            attributes.enter(kind, attribute.nla_payload().as_ref());
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Attribute, RangeAttribute,
        gauges::{attribute, range_attribute},
        refusal::Result,
    };
    use neli::ToBytes;

    fn bytes() -> Result<Vec<u8>> {
        let attributes =
            vec![attribute(Attribute::Name, "oil")?, range_attribute(&(1..=2))?];
        let mut bytes = Cursor::new(Vec::new());
        GenlBuffer::from_iter(attributes).to_bytes(&mut bytes)?;
        Ok(bytes.into_inner())
    }

    #[test]
    fn what_was_put_in_is_found() -> Result<()> {
        let bytes = bytes()?;
        let attributes = Attributes::new(&bytes)?;
        assert_eq!(attributes.find(Attribute::Name), Some(&b"oil\0"[..]));
        assert_eq!(attributes.find(Attribute::Value), None);
        let range = attributes.nest(Attribute::Range)?;
        assert_eq!(range.number(RangeAttribute::High)?, 2);
        assert!(range.get(RangeAttribute::UnrecognizedConst(u16::MAX)).is_err());
        Ok(())
    }

    /// As of a message whose length is 0, less than that of its header.
    #[test]
    fn a_length_below_zero_is_an_error() {
        let mut datagram = Cursor::new([0; 20]);
        datagram.set_position(16);
        let length = 0_usize.wrapping_sub(16);
        assert!(Place::from_bytes_with_input(&mut datagram, length).is_err());
        assert_eq!(datagram.position(), 16);
    }

    #[test]
    fn what_is_cut_off_is_an_error() -> Result<()> {
        let bytes = bytes()?;
        for end in 1..bytes.len() {
            let cut = Attributes::<Attribute>::new(&bytes[..end]);
            assert_eq!(cut.is_ok(), end == 8, "the name ends at 8, this at {end}");
        }
        Ok(())
    }
}
