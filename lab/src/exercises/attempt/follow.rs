//! Whoever wants to know how a check goes on, and to be able to end it.

use crate::vm::emulator::Killer;

/// What is told of a check while it goes on.
pub trait Follow: Sync {
    /// This is being done now.
    fn step(&self, what: &str);

    /// This ends the VM that it runs in.
    fn runs_in(&self, vm: Killer);
}

/// Nobody.
impl Follow for () {
    fn step(&self, _: &str) {}

    fn runs_in(&self, _: Killer) {}
}
