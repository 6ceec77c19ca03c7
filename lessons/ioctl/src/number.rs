//! A request number, taken apart.

use std::fmt;

// ANCHOR: number
/// The four fields of a request number, as in include/uapi/asm-generic/ioctl.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Bits 31 and 30: which way the argument goes, as the program sees it.
    pub dir: Direction,
    /// Bits 29 to 16: the size of the argument in bytes.
    pub size: u32,
    /// Bits 15 to 8: whose request this is.
    pub kind: u32,
    /// Bits 7 to 0: which of its requests.
    pub nr: u32,
}

impl From<u32> for Number {
    fn from(number: u32) -> Number {
        Number {
            dir: Direction(number >> 30),
            size: number >> 16 & 0x3fff,
            kind: number >> 8 & 0xff,
            nr: number & 0xff,
        }
    }
}
// ANCHOR_END: number

/// The fields in binary, with a space between them.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:02b} {:014b} {:08b} {:08b}", self.dir.0, self.size, self.kind, self.nr)
    }
}

/// `_IOC_NONE`, `_IOC_WRITE`, `_IOC_READ` or both of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction(u32);

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(["none", "write", "read", "both"][self.0 as usize & 3])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_made_by_nix_comes_apart_into_what_it_was_made_of() {
        let number = Number::from(nix::request_code_readwrite!(b'a', 7, 300) as u32);
        assert_eq!(number, Number { dir: Direction(3), size: 300, kind: 0x61, nr: 7 });
        assert_eq!(number.to_string(), "11 00000100101100 01100001 00000111");
    }

    #[test]
    fn every_direction_has_its_name() {
        let names = [0x0000_6101, 0x4004_6101, 0x8004_6101, 0xc004_6101_u32]
            .map(|number| Number::from(number).dir.to_string());
        assert_eq!(names, ["none", "write", "read", "both"]);
    }
}
