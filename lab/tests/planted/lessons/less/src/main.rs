//! Prints a line too few.
fn main() {
    println!("one");
}
