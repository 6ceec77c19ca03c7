//! Throws nonsense at the meter: random requests of its type, of any type and of any size, with pointers of every bad
//! kind, and writes of any length; then checks that it still counts.

use anyhow::{Context, Result, ensure};
use crossings_ioctl::{METER_TYPE, Meter, MeterReading};
use lesson::hostile::{any_length, run};
use nix::{
    fcntl::{OFlag, open},
    libc::{SYS_ioctl, SYS_write, syscall},
    sys::stat::Mode,
};
use std::os::fd::AsRawFd;

fn main() -> Result<()> {
    let shared = open("/dev/crossings_ioctl", OFlag::O_RDWR, Mode::empty())
        .context("open /dev/crossings_ioctl")?;
    run(|random, pointers| {
        // Half of the calls go to one open file that all threads share, half to a fresh one.
        let fresh = if random.bool() {
            open("/dev/crossings_ioctl", OFlag::O_RDWR, Mode::empty()).ok()
        } else {
            None
        };
        let fd = fresh.as_ref().unwrap_or(&shared).as_raw_fd();
        let number = match random.u8(0..4) {
            0 => random.u32(..),
            // Any direction and any size, of our type.
            1 => random.u32(..) & !0xff00 | u32::from(METER_TYPE) << 8,
            // One of our requests with any size.
            2 => {
                0xc000_0000
                    | random.u32(..1 << 14) << 16
                    | u32::from(METER_TYPE) << 8
                    | random.u32(..6)
            }
            _ => [0x8008_c500, 0x4008_c501, 0xc020_c502, 0xc503][random.usize(..4)],
        };
        let (pointer, length) = (pointers.any(random), any_length(random));
        // SAFETY: the kernel checks every address; those it may write to lie in pages that no Rust reference sees.
        unsafe {
            if random.u8(..4) == 0 {
                syscall(SYS_write, fd, pointer, length);
            } else {
                syscall(SYS_ioctl, fd, number as usize, pointer);
            }
        }
    })?;
    let meter = Meter::open(OFlag::O_RDWR).context("open /dev/crossings_ioctl")?;
    meter.write(b"still here").context("write")?;
    let taken =
        meter.get_reading(MeterReading::asking(0)).context("METER_GET_READING")?.taken;
    ensure!(taken == 10, "the meter counted {taken} bytes of 10");
    Ok(())
}
