//! Sets curves of allowed lengths, of lengths that are not, and of lengths that are allowed again once they are multiplied
//! by four in 32 bits. Then come points that are not there.

use judge::{Result, accepted, bail, equal, refused};
use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect},
};
use std::{fs::File, num::NonZero, os::fd::AsRawFd, ptr};

const PAGE: usize = 4096;

/// The first point of most curves. None of its bytes is zero.
const FIRST: u32 = 0xf1e2_d301;

/// `struct curve`.
#[repr(C)]
struct Curve {
    points: u64,
    count: u32,
    reserved: u32,
}

/// `struct curve_point`.
#[repr(C)]
struct Point {
    index: u32,
    value: u32,
}

mod requests {
    nix::ioctl_write_ptr!(set, 0xc5, 0x20, super::Curve);
    nix::ioctl_readwrite!(get, 0xc5, 0x21, super::Point);
    nix::ioctl_none!(unknown, 0xc5, 0x22);
    // Its number differs from that of `set` in the size only.
    nix::ioctl_write_ptr!(set_of_another_size, 0xc5, 0x20, u64);
}

pub fn check() -> Result<()> {
    let display = Display(judge::open("/dev/exercise")?);
    refused("CURVE_GET of point 0, before there is a curve,", display.get(0), Errno::EINVAL)?;
    allowed_lengths(&display)?;
    other_lengths(&display)?;
    lengths_that_wrap(&display)?;
    what_is_not_there(&display)
}

fn allowed_lengths(display: &Display) -> Result<()> {
    let points: Vec<u32> = (FIRST..FIRST + 100).collect();
    for count in [64, 1, 3] {
        let call = format!("CURVE_SET of {count} points");
        let returned = accepted(&call, display.set(points.as_ptr(), count))?;
        equal(&format!("what {call} returns"), returned, 0)?;
        for index in 0..count {
            equal(&format!("point {index} after {call}"), display.get(index), Ok(FIRST + index))?;
        }
        for index in [count, 64, u32::MAX] {
            refused(&format!("CURVE_GET of point {index} after {call}"), display.get(index), Errno::EINVAL)?;
        }
    }
    Ok(())
}

fn other_lengths(display: &Display) -> Result<()> {
    let points = [7; 100];
    for count in [0, 65, 100] {
        let call = format!("CURVE_SET of {count} points");
        refused(&call, display.set(points.as_ptr(), count), Errno::EINVAL)?;
        display.has_the_old_curve(&call)?;
    }
    for reserved in [1, 1 << 31] {
        let strange = Curve { points: address(points.as_ptr()), count: 1, reserved };
        // SAFETY: the request reads a Curve, and this is one. So many points exist.
        let result = unsafe { requests::set(display.0.as_raw_fd(), &strange) };
        refused(&format!("CURVE_SET with {reserved:#x} in the field reserved"), result, Errno::EINVAL)?;
    }
    Ok(())
}

/// Counts which, times 4, are allowed sizes again if only the lower 32 bits are kept, or which are negative as an int.
fn lengths_that_wrap(display: &Display) -> Result<()> {
    let points = [7; 1024];
    for count in [0x4000_0001, 0x4000_0040, 0x8000_0001, 0xc000_0001, 0xffff_ffff] {
        let call = format!("CURVE_SET of {count:#x} points");
        match (display.set(points.as_ptr(), count), display.get(64)) {
            (Ok(_), Ok(_)) => bail!(
                "{call} should fail with EINVAL, and is accepted; now CURVE_GET gives a point 64 to everybody who asks, \
                 and there is no room for one"
            ),
            (result, _) => refused(&call, result, Errno::EINVAL)?,
        }
        display.has_the_old_curve(&call)?;
    }
    Ok(())
}

fn what_is_not_there(display: &Display) -> Result<()> {
    let call = "CURVE_SET of 3 points at a null pointer";
    refused(call, display.set(ptr::null(), 3), Errno::EFAULT)?;
    display.has_the_old_curve(call)?;
    let (call, last) = ("CURVE_SET of 16 points, of which the first 8 exist,", cliff()?.wrapping_sub(8));
    refused(call, display.set(last, 16), Errno::EFAULT)?;
    display.has_the_old_curve(call)?;
    accepted("CURVE_SET of 2 points, behind which no memory is,", display.set(last, 2))?;
    let file = display.0.as_raw_fd();
    // SAFETY: nothing is mapped at address 0, so nothing is read or written there.
    unsafe {
        refused("CURVE_SET with a null pointer", requests::set(file, ptr::null()), Errno::EFAULT)?;
        refused("CURVE_GET with a null pointer", requests::get(file, ptr::null_mut()), Errno::EFAULT)?;
        refused("a request that the display does not know", requests::unknown(file), Errno::ENOTTY)?;
        let result = requests::set_of_another_size(file, ptr::null());
        refused("a request like CURVE_SET whose number says another size", result, Errno::ENOTTY)
    }
}

struct Display(File);

impl Display {
    fn set(&self, points: *const u32, count: u32) -> nix::Result<libc::c_int> {
        let curve = Curve { points: address(points), count, reserved: 0 };
        // SAFETY: the request reads a Curve, and this is one. The kernel only reads the points, as far as it may.
        unsafe { requests::set(self.0.as_raw_fd(), &curve) }
    }

    fn get(&self, index: u32) -> nix::Result<u32> {
        let mut point = Point { index, value: 0 };
        // SAFETY: the request reads and writes a Point, and this is one.
        unsafe { requests::get(self.0.as_raw_fd(), &mut point) }?;
        Ok(point.value)
    }

    /// The last one of [`allowed_lengths`].
    fn has_the_old_curve(&self, call: &str) -> Result<()> {
        let points = [0, 1, 2, 3].map(|index| self.get(index));
        let old = [Ok(FIRST), Ok(FIRST + 1), Ok(FIRST + 2), Err(Errno::EINVAL)];
        equal(&format!("what CURVE_GET tells of the points 0 to 3 after {call} was refused"), points, old)
    }
}

fn address(points: *const u32) -> u64 {
    points.expose_provenance() as u64
}

/// Where a page of memory ends and one begins that nobody may touch.
fn cliff() -> Result<*const u32> {
    let length = const { NonZero::new(2 * PAGE).expect("two pages") };
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping, at a place where nothing is.
    let pages = unsafe { mmap_anonymous(None, length, access, MapFlags::MAP_PRIVATE) }?;
    // SAFETY: the second page is ours, and nobody has used it yet.
    unsafe { mprotect(pages.byte_add(PAGE), PAGE, ProtFlags::PROT_NONE) }?;
    Ok(pages.as_ptr().wrapping_byte_add(PAGE).cast_const().cast())
}
