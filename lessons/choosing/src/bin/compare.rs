//! Does a lesson's work with the lesson's library, many times, and prints how many
//! nanoseconds it takes once: `compare SLUG TIMES`. `ci/compare/SLUG.c` does the same in C.

use anyhow::{Context, Result, bail, ensure};
use crossings_blockdev::{Disk, sectors::Sectors};
use crossings_ioctl::{Meter, MeterReading};
use crossings_netlink::gauges::Gauges;
use crossings_procfs::Booking;
use crossings_signals::{real_time, set::Blocked, waiting::sigtimedwait};
use crossings_sysfs::Attribute;
use nix::{
    errno::Errno,
    fcntl::OFlag,
    libc,
    unistd::{getpid, write},
};
use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};

/// A lesson, and how its work is done.
type Contest = (&'static str, fn(u32) -> Result<Duration>);

const CONTESTS: [Contest; 8] = [
    ("blockdev", blockdev),
    ("chardev", chardev),
    ("ioctl", ioctl),
    ("mmap", mmap),
    ("netlink", netlink),
    ("procfs", procfs),
    ("signals", signals),
    ("sysfs", sysfs),
];

fn main() -> Result<()> {
    let slug = env::args().nth(1).context("which lesson?")?;
    let times: u32 =
        env::args().nth(2).unwrap_or("1000".into()).parse().context("TIMES")?;
    let contest = CONTESTS.iter().find(|(name, _)| *name == slug);
    let Some((_, work)) = contest else {
        bail!("no work is known for {slug:?}: write a function for it in this program")
    };
    let time = work(times)?;
    println!("{:.1}", time.as_nanos() as f64 / f64::from(times));
    Ok(())
}

/// The time that the work takes `times` times.
fn time(times: u32, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..times {
        work()?;
    }
    Ok(start.elapsed())
}

fn blockdev(times: u32) -> Result<Duration> {
    let disk = Disk::open(OFlag::O_RDWR | OFlag::O_DIRECT).context("open the disk")?;
    let mut sectors = Sectors::filled(0, 4096);
    time(times, || {
        ensure!(disk.read_at(&mut sectors, 0).context("pread")? == 4096);
        Ok(())
    })
}

fn chardev(times: u32) -> Result<Duration> {
    let (reader, writer) =
        crossings_chardev::open_both(OFlag::empty()).context("open the tube")?;
    let mut back = [0; 64];
    time(times, || {
        ensure!(write(&writer, &[0; 64]).context("write")? == 64);
        ensure!(crossings_chardev::read(&reader, &mut back).context("read")?.len() == 64);
        Ok(())
    })
}

fn ioctl(times: u32) -> Result<Duration> {
    let meter = Meter::open(OFlag::O_RDWR).context("open the meter")?;
    time(times, || {
        black_box(meter.get_reading(MeterReading::default()).context("METER_GET_READING")?);
        Ok(())
    })
}

fn mmap(times: u32) -> Result<Duration> {
    let buffer = crossings_mmap::buffer::Buffer::open().context("open the buffer")?;
    let mapping = buffer.map(0, crossings_mmap::buffer::BUFFER_SIZE).context("map it")?;
    time(times, || {
        black_box(crossings_mmap::cost::sum_mapped(&mapping));
        Ok(())
    })
}

fn netlink(times: u32) -> Result<Duration> {
    let mut gauges = Gauges::connect().context("find the family")?;
    let gauge = gauges.create("compare", 1..=2).context("make a gauge")?;
    let result = time(times, || {
        ensure!(gauges.get(gauge.id).context("GAUGE_CMD_GET")?.id == gauge.id);
        Ok(())
    });
    gauges.delete(gauge.id).context("remove it")?;
    result
}

fn procfs(times: u32) -> Result<Duration> {
    let booking = Booking::open(OFlag::O_WRONLY).context("open the booking")?;
    time(times, || {
        booking.order(b"book 1 ann").context("book")?;
        booking.order(b"cancel 1").context("cancel")
    })
}

fn signals(times: u32) -> Result<Duration> {
    let signal = real_time(0);
    let _blocked = Blocked::new(&[signal]).context("block the signal")?;
    time(times, || {
        // SAFETY: to ourselves, a signal that is blocked.
        Errno::result(unsafe { libc::kill(getpid().as_raw(), signal) }).context("kill")?;
        black_box(sigtimedwait(&[signal], Duration::ZERO).context("sigtimedwait")?);
        Ok(())
    })
}

fn sysfs(times: u32) -> Result<Duration> {
    let mut brightness = Attribute::of_lamp("brightness").context("open the brightness")?;
    time(times, || {
        ensure!(!brightness.value().context("pread")?.is_empty());
        Ok(())
    })
}
