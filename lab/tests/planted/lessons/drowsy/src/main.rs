//! Its module takes its time.
fn main() {}
