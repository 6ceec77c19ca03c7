//! How the kernel says no: an errno, and with extended acknowledgements a text and a place.
//!
//! The kernel's side of this is `struct netlink_ext_ack`; the attributes are
//! `NLMSGERR_ATTR_…` of linux/netlink.h.

use crate::{Attribute, RangeAttribute, attributes::Place};
use neli::{
    attr::Attribute as _,
    consts::{alignto, nl::NlmsgerrAttr},
    err::{DeError, Nlmsgerr, NlmsghdrErr, SerError, SocketError},
    genl::{AttrTypeBuilderError, GenlmsghdrBuilderError, NlattrBuilderError},
    nl::NlmsghdrBuilderError,
    types::{Buffer, GenlBuffer},
};
use nix::errno::Errno;
use std::{error, fmt, io};

/// A request came to nothing.
#[derive(Debug)]
pub enum Error {
    /// The kernel answered, and refused.
    Refused(Refusal),
    /// There is no answer, or none that can be understood.
    Socket(SocketError),
}

/// What functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The errno, if one is at the bottom of this.
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Error::Refused(refusal) => Some(refusal.errno),
            Error::Socket(SocketError::Io(error)) => {
                error.raw_os_error().map(Errno::from_raw)
            }
            Error::Socket(_) => None,
        }
    }
}

// ANCHOR: refusal
/// An answer of type `NLMSG_ERROR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub errno: Errno,
    /// What is wrong, in words.
    pub text: Option<String>,
    /// The attribute that is wrong.
    pub at: Option<String>,
    /// The attribute that is not there.
    pub missing: Option<String>,
}
// ANCHOR_END: refusal

/// `NLMSGERR_ATTR_MISS_TYPE` and `NLMSGERR_ATTR_MISS_NEST`, which neli does not know.
const MISS_TYPE: NlmsgerrAttr = NlmsgerrAttr::UnrecognizedConst(5);
const MISS_NEST: NlmsgerrAttr = NlmsgerrAttr::UnrecognizedConst(6);

impl Refusal {
    // ANCHOR: from
    /// Reads the errno, and of the extended acknowledgement what is there. The kernel sends
    /// the refused request back, and the places are offsets into that.
    pub fn new(error: &Nlmsgerr<NlmsghdrErr<u16, Place>>, datagram: &[u8]) -> Refusal {
        let ext_ack = error.ext_ack();
        let request = error.nlmsg().nl_payload().of(datagram);
        let number = |kind| number(ext_ack, kind);
        let nest = number(MISS_NEST).and_then(|offset| path(request, offset));
        Refusal {
            errno: Errno::from_raw(-error.error()),
            text: text(ext_ack),
            at: number(NlmsgerrAttr::Offset).and_then(|offset| path(request, offset)),
            missing: number(MISS_TYPE).map(|kind| match nest {
                Some(nest) => format!("{nest}.{}", RangeAttribute::from(kind as u16)),
                None => Attribute::from(kind as u16).to_string(),
            }),
        }
    }
    // ANCHOR_END: from

    /// Reads what `NLMSG_DONE` says when the kernel gave up a dump. It does not send the
    /// request back.
    pub fn midway(error: &Nlmsgerr<()>) -> Refusal {
        Refusal {
            errno: Errno::from_raw(-error.error()),
            text: text(error.ext_ack()),
            at: None,
            missing: None,
        }
    }
}

fn text(ext_ack: &GenlBuffer<NlmsgerrAttr, Buffer>) -> Option<String> {
    ext_ack.get_attr_handle().get_attr_payload_as_with_len(NlmsgerrAttr::Msg).ok()
}

fn number(ext_ack: &GenlBuffer<NlmsgerrAttr, Buffer>, kind: NlmsgerrAttr) -> Option<u32> {
    ext_ack.get_attr_handle().get_attribute(kind)?.get_payload_as().ok()
}

/// The bytes before the first attribute, as the kernel counts: `struct nlmsghdr` and
/// `struct genlmsghdr`.
const HEADERS: usize = 16 + GENL_HEADER;
const GENL_HEADER: usize = 4;

/// The name of the attribute at `offset`, with the name of the one around it: `range.high`.
/// The request may be malformed, so every length in it is doubted.
fn path(request: &[u8], offset: u32) -> Option<String> {
    let offset = (offset as usize).checked_sub(HEADERS)?;
    let attributes = request.get(GENL_HEADER..)?;
    let (start, kind) = attribute(attributes, offset)?;
    if start == offset {
        return Some(Attribute::from(kind).to_string());
    }
    let nested = attributes.get(start + 4..)?;
    let (_, inner) = attribute(nested, offset - start - 4)?;
    Some(format!("{}.{}", Attribute::from(kind), RangeAttribute::from(inner)))
}

/// Where the attribute that holds byte `offset` begins, and its type.
fn attribute(attributes: &[u8], offset: usize) -> Option<(usize, u16)> {
    let mut start = 0;
    loop {
        let &[a, b, c, d] = attributes.get(start..start + 4)? else { return None };
        let length = alignto(usize::from(u16::from_ne_bytes([a, b])).max(4));
        if offset < start + length {
            return Some((start, u16::from_ne_bytes([c, d]) & 0x3fff));
        }
        start += length;
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", self.errno)?;
        if let Some(text) = &self.text {
            write!(f, " \"{text}\"")?;
        }
        if let Some(at) = &self.at {
            write!(f, ", at {at}")?;
        }
        if let Some(missing) = &self.missing {
            write!(f, ", missing {missing}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self, self.errno()) {
            (Error::Refused(refusal), _) => write!(f, "{refusal}"),
            (Error::Socket(_), Some(errno)) => write!(f, "{errno:?}"),
            (Error::Socket(error), None) => write!(f, "{error}"),
        }
    }
}

impl error::Error for Error {}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Error {
                Error::Socket(error.into())
            }
        }
    )*};
}
from!(SocketError, DeError, SerError, io::Error);
from!(
    NlmsghdrBuilderError,
    GenlmsghdrBuilderError,
    NlattrBuilderError,
    AttrTypeBuilderError
);

impl From<Errno> for Error {
    fn from(errno: Errno) -> Error {
        io::Error::from(errno).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Command,
        gauges::{attribute, message, range_attribute},
    };
    use neli::ToBytes;
    use std::io::Cursor;

    /// The places of the name (20), the range (32), its low (36) and its high (44).
    fn request() -> Result<Vec<u8>> {
        let attributes =
            [attribute(Attribute::Name, "boiler")?, range_attribute(&(1..=2))?];
        let mut bytes = Cursor::new(Vec::new());
        message(Command::New, attributes)?.to_bytes(&mut bytes)?;
        Ok(bytes.into_inner())
    }

    #[test]
    fn an_offset_leads_to_an_attribute() -> Result<()> {
        let request = request()?;
        let names =
            [20, 32, 36, 44].map(|offset| path(&request, offset).unwrap_or_default());
        assert_eq!(names, ["name", "range", "range.low", "range.high"]);
        Ok(())
    }

    #[test]
    fn an_offset_outside_the_request_leads_nowhere() -> Result<()> {
        let request = request()?;
        assert_eq!(
            [0, 19, 52, u32::MAX].map(|offset| path(&request, offset)),
            [const { None }; 4]
        );
        Ok(())
    }
}
