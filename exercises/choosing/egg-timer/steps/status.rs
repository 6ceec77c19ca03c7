//! Step 5: EGG_STATUS.

use super::egg::{Egg, LONG, PATIENCE, Status, egg_status, take};
use judge::{Result, accepted, compat, ensure, equal, refused, until, within};
use nix::errno::Errno;
use std::{
    os::fd::AsRawFd,
    ptr,
    time::{Duration, Instant},
};

const EGG_STATUS: u64 = nix::request_code_read!(0xc5, 0x40, size_of::<Status>());

nix::ioctl_none!(egg_unknown, 0xc5, 0x41);

/// The step.
pub fn its_status_is_told() -> Result<()> {
    let egg = Egg::open()?;
    egg.has("is not set", 0, 0)?;
    let before = Instant::now();
    egg.set(LONG)?;
    let (first, second) = (egg.status()?, egg.status()?);
    let took = before.elapsed();
    let all = Duration::from_millis(LONG.into());
    for status in [first, second] {
        let left = Duration::from_nanos(status.left);
        ensure!(left <= all, "a timer was set to 60000 ms, and EGG_STATUS says that {left:?} are left");
        ensure!(
            left + took >= all,
            "a timer was set to 60000 ms, {took:?} ago at most, and EGG_STATUS says that {left:?} are left"
        );
    }
    ensure!(second.left <= first.left, "EGG_STATUS was asked twice, and the second time more is left");
    egg.set(0)?;
    egg.has("was set to 60000 ms and stopped", 0, 0)?;
    for times in 1..=3 {
        egg.set(1)?;
        until(PATIENCE, || Ok(Some(egg.status()?).filter(|status| status.rung == times)))?;
        egg.has(&format!("has rung {times} times"), 0, times)?;
    }
    egg.set(LONG)?;
    equal("rung in the EGG_STATUS of a timer that has rung 3 times and is set again", egg.status()?.rung, 3)?;
    let rung = within(PATIENCE, "a read(2) of a timer that has rung 3 times", {
        let file = egg.0.try_clone()?;
        move || take(&file)
    })?;
    equal("what read(2) gives of a timer that has rung 3 times", rung, Ok(3))?;
    egg.set(0)?;
    egg.has("has rung 3 times and was read", 0, 0)?;
    // SAFETY: the request writes a Status.
    let told = unsafe { compat::ioctl::<Status>(&egg.0, EGG_STATUS) };
    let told = accepted("EGG_STATUS of a 32-bit program", told)?;
    equal("left and rung in the EGG_STATUS of a 32-bit program", (told.left, told.rung), (0, 0))?;
    // SAFETY: the request has no argument.
    refused("a request that nobody knows", unsafe { egg_unknown(egg.0.as_raw_fd()) }, Errno::ENOTTY)?;
    // SAFETY: nothing is mapped at address 0, so nothing is written there.
    refused("EGG_STATUS with a null pointer", unsafe { egg_status(egg.0.as_raw_fd(), ptr::null_mut()) }, Errno::EFAULT)
}
