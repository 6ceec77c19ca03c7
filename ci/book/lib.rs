//! Nothing: the programs that this crate is there for are in its dependencies.
