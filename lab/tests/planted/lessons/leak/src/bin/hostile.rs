//! Finds the module damaged.
fn main() {
    panic!("planted");
}
