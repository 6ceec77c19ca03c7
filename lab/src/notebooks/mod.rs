//! The notebooks: their files and the reader's copies of these, Jupyter itself, and the relay through which a notebook's cells run in a guest.

mod ahead;
mod copies;
pub mod jupyter;
pub mod notebook;
pub mod relay;
pub mod run;
pub mod source;
