//! Does not compile.
fn main() {
    printn!("one");
}
