//! Modules as their author builds them, in a copy of what they are made of.

mod dkms;
pub mod make;
mod reasons;
mod references;
mod shims;
pub mod sources;
pub mod symbols;
pub mod tree;
