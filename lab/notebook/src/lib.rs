//! What the cells of a notebook say to the lab. A cell of the kernel "Rust (lab)" runs as root in a fresh Linux of its own,
//! where nothing can go wrong for you; this crate loads modules there, rebuilds them from changed sources, and shows what
//! the kernel says.
//!
//! ```text
//! :dep lab = { package = "lab-notebook", path = "../lab/notebook" }
//!
//! let module = lab::Module::of("ioctl");
//! module.load()?;                                  // built on your machine, loaded in the lab's kernel
//! lab::log()                                       // what the kernel has logged since the last cell that asked
//! module.replace("-EINVAL", "-EDOM").reload()?;    // the same module with a change, in its place
//! lab::sh("ls -l /dev/crossings_ioctl")?
//! lab::histogram("one call", &times)?              // a picture below the cell
//! lab::verify("ioctl/leak")?                       // your copy of an exercise, checked
//! ```
//!
//! A cell fails when it panics and when `?` returns an error, and what was there before it stays. When its kernel oopses or
//! panics, when its process dies, and when you interrupt it, the next cell gets a fresh kernel: variables, modules and files
//! are gone. Functions, types and `use` stay, because they are source. A variable lives until the notebook's kernel ends, and
//! holds what it has open; `drop` it, or put braces around the cell.

mod exercise;
mod histogram;
mod log;
mod module;
mod picture;
mod prices;
pub mod request;
mod shell;
mod text;

pub use exercise::verify;
pub use histogram::histogram;
pub use log::log;
pub use module::Module;
pub use picture::Picture;
pub use prices::{Prices, Side, prices};
pub use shell::sh;
pub use text::Text;

use std::fmt;

/// Why something could not be done, in words. Its `Debug` is its `Display`, so that `?` in a cell and
/// [`Result::unwrap`] show it as it is.
pub struct Error(String);

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
