//! The notebooks: their files, Jupyter itself, and the relay through which a notebook's cells run in a guest.

pub mod jupyter;
pub mod notebook;
pub mod relay;
pub mod run;
pub mod source;
