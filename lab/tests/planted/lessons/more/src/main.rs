//! Prints a line too many.
fn main() {
    println!("one\ntwo");
}
