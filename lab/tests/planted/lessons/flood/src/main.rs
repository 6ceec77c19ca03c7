//! Prints for ever.
fn main() {
    loop {
        println!("one");
    }
}
