//! Never ends and says nothing.
fn main() {
    loop {
        std::thread::park();
    }
}
