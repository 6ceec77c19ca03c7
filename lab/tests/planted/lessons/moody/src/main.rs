//! Measures a cost that is wildly different in the second run in the same kernel.
fn main() {
    let first = std::fs::File::create_new("/tmp/left-behind").is_ok();
    let (cost, times) = if first { ("   3 ns", "0.25") } else { ("12.5  s", "123456") };
    println!("== the cost\na call     ≈    2 ns\nanother    ≈ {cost}  ≈ {times} times the top row");
}
