//! Breaks the kernel: a child writes to the widely copied driver, and does not come back. The
//! parent survives, and reads what the kernel has to say about it.

use anyhow::{Context, Result};
use crossings_chardev::oops::{self, Oops};
use std::{
    env, fs,
    os::unix::process::ExitStatusExt,
    process::{Command, Stdio},
};

fn main() -> Result<()> {
    if env::args().nth(1).as_deref() == Some("write") { write() } else { watch() }
}

// ANCHOR: write
/// The child: tells where its bytes are, and writes them.
fn write() -> Result<()> {
    let bytes = b"Hello, kernel!\n".to_vec();
    println!("{:x}", bytes.as_ptr().addr());
    fs::write("/dev/crossings_chardev_copied", &bytes)
        .context("write to /dev/crossings_chardev_copied")
}
// ANCHOR_END: write

fn watch() -> Result<()> {
    let child =
        Command::new("/proc/self/exe").arg("write").stderr(Stdio::inherit()).output()?;
    match child.status.signal() {
        Some(signal) => println!("the child was killed by signal {signal}"),
        None => println!("the child ended with {}", child.status),
    }
    let bytes = String::from_utf8_lossy(&child.stdout);
    let bytes = u64::from_str_radix(bytes.trim(), 16).context("the child's address")?;
    let oops =
        Oops::read().context("read /dev/kmsg")?.context("the kernel reported nothing")?;
    println!(
        "the address in the report is that of the child's bytes: {}",
        oops.address == bytes
    );
    println!("the kernel is marked as having died: {}", oops::has_died()?);
    println!("who called whom:");
    oops.trace.iter().for_each(|call| println!("  {call}"));
    Ok(())
}
