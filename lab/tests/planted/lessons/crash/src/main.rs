//! Prints what it should and then panics.
fn main() {
    println!("one");
    panic!("planted");
}
