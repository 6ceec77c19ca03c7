//! Its module is what is wrong.
fn main() {}
