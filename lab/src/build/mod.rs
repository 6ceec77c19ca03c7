//! What is made from source for a guest: programs by cargo, modules by make, and what an oops says in terms of the source.

pub mod cargo;
pub mod commands;
pub mod database;
pub mod diagnostic;
mod limits;
pub mod manifest;
pub mod marks;
pub mod module;
pub mod oops;
pub mod place;

use crate::vm::{kernel::Kernel, template::Template};
use anyhow::Result;

/// The template of the kernel with this short name, with the agent as it is now.
pub fn template(kernel: &str) -> Result<Template> {
    Template::of(Kernel::find(kernel)?, &cargo::agent()?)
}

#[cfg(test)]
mod tests;
