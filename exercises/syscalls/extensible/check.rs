//! Orders tea as programs do that were built yesterday, today and in some years: with a smaller struct, with the machine's own,
//! and with larger ones. After each order, reads what the machine has understood.

use judge::{Result, accepted, bail, ensure, equal, refused};
use memmap2::{MmapOptions, MmapRaw};
use nix::{errno::Errno, sys::uio::pread};
use std::{fs::File, os::fd::AsRawFd};

const PAGE: usize = 4096;

/// The sizes of the struct in version 0 and in version 1.
const VERSION_0: usize = 16;
const VERSION_1: usize = 24;

/// A `struct tea_order` of version 1.
struct Order {
    flags: u64,
    degrees: u32,
    seconds: u32,
    delay: u64,
}

const BLACK: Order = Order { flags: 3, degrees: 95, seconds: 180, delay: 5000 };
/// One in which no byte of the last field is 0.
const NEVER: Order = Order { flags: 1, degrees: 80, seconds: 120, delay: u64::MAX };
const GREEN: Order = Order { flags: 0, degrees: 70, seconds: 90, delay: 0 };

struct Machine {
    device: File,
    /// Two pages that orders are written from; of the second one nothing can be read.
    memory: MmapRaw,
}

pub fn check() -> Result<()> {
    let memory = MmapRaw::from(MmapOptions::new().len(2 * PAGE).map_anon()?);
    // SAFETY: page 1 of the mapping, of which nobody has a reference.
    let result = unsafe { libc::mprotect(memory.as_mut_ptr().add(PAGE).cast(), PAGE, libc::PROT_NONE) };
    Errno::result(result)?;
    let machine = Machine { device: judge::open("/dev/exercise")?, memory };
    machine.knows_both_versions()?;
    machine.knows_what_it_does_not_know()?;
    machine.refuses_what_is_wrong()
}

impl Machine {
    fn knows_both_versions(&self) -> Result<()> {
        self.takes("an order of version 1 (24 bytes) with the longest delay", &NEVER.bytes(), &NEVER)?;
        self.takes("an order of version 1 (24 bytes)", &BLACK.bytes(), &BLACK)?;
        let old = Order { delay: 0, ..GREEN };
        self.takes("an order of version 0 (16 bytes), after one with a delay,", &GREEN.bytes()[..VERSION_0], &old)?;
        self.takes("an order of version 1 (24 bytes)", &BLACK.bytes(), &BLACK)
    }

    /// Larger structs, from programs that were built for a newer machine.
    fn knows_what_it_does_not_know(&self) -> Result<()> {
        for size in [VERSION_1 + 1, 32, 40, PAGE] {
            let mut order = GREEN.bytes();
            order.resize(size, 0);
            self.takes(
                &format!("an order of {size} bytes, all of them 0 that the machine does not know,"),
                &order,
                &GREEN,
            )?;
        }
        self.takes("an order of version 1 (24 bytes)", &BLACK.bytes(), &BLACK)?;
        for (size, place) in [(VERSION_1 + 1, VERSION_1), (32, 24), (32, 31), (40, 32), (PAGE, PAGE - 1)] {
            let mut order = GREEN.bytes();
            order.resize(size, 0);
            order[place] = 1;
            let what = format!(
                "an order of {size} bytes, in which byte {place} asks for something that the machine does not know,"
            );
            self.refuses(&what, &order, Errno::E2BIG)?;
        }
        Ok(())
    }

    fn refuses_what_is_wrong(&self) -> Result<()> {
        for size in [0, 8, VERSION_0 - 1] {
            let what = format!("an order of {size} bytes, less than version 0,");
            self.refuses(&what, &GREEN.bytes()[..size], Errno::EINVAL)?;
        }
        for flag in [2, 31, 32, 63] {
            let what = format!("an order with flag {flag}, which nobody has defined,");
            self.refuses(&what, &Order { flags: 1 << flag, ..GREEN }.bytes(), Errno::EINVAL)?;
        }
        self.refuses("an order of 101 degrees", &Order { degrees: 101, ..GREEN }.bytes(), Errno::EINVAL)?;
        let boiling = Order { degrees: 100, ..BLACK };
        self.takes("an order of 100 degrees", &boiling.bytes(), &boiling)?;
        self.takes("an order of version 1 (24 bytes)", &BLACK.bytes(), &BLACK)?;
        for (size, there) in [(VERSION_1, VERSION_1 - 1), (VERSION_0, 8), (32, 28)] {
            let what = format!("an order of {size} bytes, of which the program's memory has {there},");
            let mut order = GREEN.bytes();
            order.resize(there, 0);
            refused(&what, self.order_from_the_end(&order, size), Errno::EFAULT)?;
            self.has(&format!("after {what} was refused"), &BLACK)?;
        }
        let too_much = vec![0; PAGE + 1];
        let written = nix::unistd::write(&self.device, &too_much);
        refused("an order of 4097 bytes, more than a page,", written, Errno::E2BIG)
    }

    /// That it accepts an order, and understands it so.
    fn takes(&self, what: &str, order: &[u8], expected: &Order) -> Result<()> {
        let count = accepted(what, self.order_from_the_end(order, order.len()))?;
        equal(&format!("what write(2) of {what} returns"), count, order.len())?;
        self.has(&format!("after {what}"), expected)
    }

    /// That it refuses an order, and keeps the last one.
    fn refuses(&self, what: &str, order: &[u8], errno: Errno) -> Result<()> {
        refused(what, self.order_from_the_end(order, order.len()), errno)?;
        self.has(&format!("after {what} was refused"), &BLACK)
    }

    /// write(2) of `size` bytes, of which only those of `order` are there.
    fn order_from_the_end(&self, order: &[u8], size: usize) -> nix::Result<usize> {
        // SAFETY: the last bytes of the first page, of which nobody has a reference. The kernel notices where it ends.
        let written = unsafe {
            let start = self.memory.as_mut_ptr().add(PAGE - order.len());
            start.copy_from_nonoverlapping(order.as_ptr(), order.len());
            libc::write(self.device.as_raw_fd(), start.cast(), size)
        };
        Errno::result(written).map(isize::cast_unsigned)
    }

    /// That the last order is this one, by what read(2) says.
    fn has(&self, when: &str, expected: &Order) -> Result<()> {
        let mut text = [0; 200];
        let length = accepted("read(2) of the last order", pread(&self.device, &mut text, 0))?;
        let Some(text) = text.get(..length) else { bail!("read(2) returns {length}, with room for 200 bytes") };
        let (text, expected) = (String::from_utf8_lossy(text), expected.text());
        ensure!(
            text.trim_end() == expected,
            "{when} the machine should have {expected:?}, and has {:?}",
            text.trim_end()
        );
        Ok(())
    }
}

impl Order {
    fn bytes(&self) -> Vec<u8> {
        let Order { flags, degrees, seconds, delay } = self;
        let fields: [&[u8]; 4] =
            [&flags.to_ne_bytes(), &degrees.to_ne_bytes(), &seconds.to_ne_bytes(), &delay.to_ne_bytes()];
        fields.concat()
    }

    fn text(&self) -> String {
        let Order { flags, degrees, seconds, delay } = self;
        format!("flags {flags:#x}, {degrees} degrees, {seconds} seconds, after {delay} ms")
    }
}
