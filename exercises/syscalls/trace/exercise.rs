//! A function, and the system calls that it makes.

use nix::time::{ClockId, clock_gettime};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    process,
};

/// The calls of `errands`, in their order.
pub const CALLS: &[&str] =
    &["unlink", "openat", "write", "write", "clock_gettime", "close", "openat", "read", "close", "getpid"];

/// Writes a list, reads it again, and says how many bytes it has, when that was, and who did it. Leave it as it is.
pub fn errands() -> io::Result<(usize, i64, u32)> {
    let _ = fs::remove_file("/tmp/list");
    let mut list = BufWriter::new(File::create("/tmp/list")?);
    writeln!(list, "bread")?;
    writeln!(list, "milk")?;
    let now = clock_gettime(ClockId::CLOCK_REALTIME_COARSE)?;
    drop(list);

    let mut file = File::open("/tmp/list")?;
    let (mut buffer, mut length) = ([0; 64], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => length += count,
        }
    }
    Ok((length, now.tv_sec(), process::id()))
}
