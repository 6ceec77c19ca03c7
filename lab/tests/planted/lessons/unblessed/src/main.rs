//! Has no expected.txt.
fn main() {
    println!("one");
}
