//! Leaves something behind, so that the second run in the same kernel differs.
fn main() {
    println!("first: {}", std::fs::File::create_new("/tmp/left-behind").is_ok());
}
