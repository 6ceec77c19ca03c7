//! Is killed by a real-time signal, which many a wait(2) of a library cannot name.
fn main() {
    let kill = format!("kill -40 {}", std::process::id());
    let _ = std::process::Command::new("/bin/sh").args(["-c", &kill]).status();
    std::thread::park();
}
