//! Says one thing and never ends.
fn main() {
    println!("waiting");
    loop {
        std::thread::park();
    }
}
