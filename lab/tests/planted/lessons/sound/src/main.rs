//! Does nothing wrong, with its module loaded.
fn main() {
    println!("== module\nloaded: {}", std::path::Path::new("/sys/module/crossings_sound").exists());
}
