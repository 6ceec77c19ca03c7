//! What is in the registers when a call enters the kernel, and when it leaves.

use crate::{
    tracer::{Event, Tracer},
    ways,
};
use nix::{Result, errno::Errno, libc::user_regs_struct, sys::ptrace};
use std::fs::File;

/// The registers at both ends of one call.
pub struct Registers {
    /// As it enters.
    pub before: user_regs_struct,
    /// As it leaves.
    pub after: user_regs_struct,
    /// The two bytes before the place where the program will go on.
    pub instruction: [u8; 2],
}

// ANCHOR: registers
/// Writes `text` to `file` in a child, by the instruction, and looks into its registers.
pub fn of_a_write(file: &File, text: &[u8]) -> Result<Registers> {
    let mut tracer = Tracer::start(|| {
        ways::by_instruction(file, text);
        0
    })?;
    let Event::Enters(_) = tracer.next_stop()? else { return Err(Errno::ECHILD) };
    let before = ptrace::getregs(tracer.child)?;
    let word = ptrace::read(tracer.child, (place(&before) - 2) as *mut _)?;
    let Event::Leaves(_) = tracer.next_stop()? else { return Err(Errno::ECHILD) };
    let after = ptrace::getregs(tracer.child)?;
    while !matches!(tracer.next_stop()?, Event::Ended(_)) {}
    let [first, second, ..] = word.to_ne_bytes();
    Ok(Registers { before, after, instruction: [first, second] })
}
// ANCHOR_END: registers

#[cfg(target_arch = "x86_64")]
impl Registers {
    /// Whether all of them but `rax` are the same at both ends.
    pub fn others_are_unchanged(&self) -> bool {
        let after = user_regs_struct { rax: self.before.rax, ..self.after };
        after == self.before
    }
}

/// Where the program will go on.
#[cfg(target_arch = "x86_64")]
fn place(registers: &user_regs_struct) -> u64 {
    registers.rip
}

#[cfg(target_arch = "x86")]
impl Registers {
    /// Whether all of them but `eax` are the same at both ends.
    pub fn others_are_unchanged(&self) -> bool {
        let after = user_regs_struct { eax: self.before.eax, ..self.after };
        after == self.before
    }
}

/// Where the program will go on.
#[cfg(target_arch = "x86")]
fn place(registers: &user_regs_struct) -> usize {
    registers.eip as usize
}
