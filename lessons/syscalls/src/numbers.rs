//! Names and numbers of system calls.

use nix::{errno::Errno, sys::utsname::uname};
use std::str::FromStr;
use syscalls::{Sysno, aarch64, x86, x86_64};

use crate::instruction;

/// The number of a call on three kinds of processor. None: there is no such call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// For a 64-bit program on x86-64.
    pub x86_64: Option<i32>,
    /// For a 32-bit one.
    pub x86: Option<i32>,
    /// On 64-bit ARM.
    pub aarch64: Option<i32>,
}

/// Looks a name up in the tables of the crate syscalls.
pub fn numbers(name: &str) -> Numbers {
    Numbers {
        x86_64: x86_64::Sysno::from_str(name).ok().map(|call| call.id()),
        x86: x86::Sysno::from_str(name).ok().map(|call| call.id()),
        aarch64: aarch64::Sysno::from_str(name).ok().map(|call| call.id()),
    }
}

/// The names that a number has on the same three.
pub fn names(number: usize) -> [Option<&'static str>; 3] {
    [
        x86_64::Sysno::new(number).map(|call| call.name()),
        x86::Sysno::new(number).map(|call| call.name()),
        aarch64::Sysno::new(number).map(|call| call.name()),
    ]
}

// ANCHOR: mseal
/// Whether this kernel has mseal(2), which came in 6.10. Asks with a flag that does not
/// exist.
pub fn has_mseal() -> bool {
    // SAFETY: a kernel that knows the call refuses the flag and does nothing.
    let result = unsafe { instruction::call(Sysno::mseal, [0, 0, 1, 0, 0, 0]) };
    result != Err(Errno::ENOSYS)
}
// ANCHOR_END: mseal

/// The first two numbers of `uname -r`.
pub fn release() -> Option<(u32, u32)> {
    let uname = uname().ok()?;
    let mut numbers =
        uname.release().to_str()?.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}
