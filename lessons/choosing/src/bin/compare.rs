//! Does a lesson's work with the lesson's library, many times, and prints how many
//! nanoseconds it takes once: `compare SLUG TIMES`. `ci/compare/SLUG.c` does the same in C.

use anyhow::{Context, Result, bail, ensure};
use crossings_blockdev::{Disk, sectors::Sectors};
use crossings_ioctl::{Meter, MeterReading};
use crossings_mqueue::queue::Queue;
use crossings_netlink::gauges::Gauges;
use crossings_procfs::Booking;
use crossings_semaphores::counter::Counter;
use crossings_shm::{exchange::Exchange, sysv::private};
use crossings_signals::{real_time, set::Blocked, waiting::sigtimedwait};
use crossings_syscalls::ways;
use crossings_sysfs::Attribute;
use inotify::{Inotify, WatchMask};
use lesson::{child::Child, processor::OneProcessor};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    libc,
    sys::fanotify::{InitFlags, MarkFlags, MaskFlags},
    unistd::{getpid, write},
};
use std::{
    env,
    fs::{self, File},
    hint::black_box,
    time::{Duration, Instant},
};
use tempfile::NamedTempFile;

/// A lesson, and how its work is done.
type Contest = (&'static str, fn(u32) -> Result<Duration>);

const CONTESTS: [Contest; 14] = [
    ("blockdev", blockdev),
    ("chardev", chardev),
    ("fanotify", fanotify),
    ("inotify", inotify),
    ("ioctl", ioctl),
    ("mmap", mmap),
    ("mqueue", mqueue),
    ("netlink", netlink),
    ("procfs", procfs),
    ("semaphores", semaphores),
    ("shm", shm),
    ("signals", signals),
    ("syscalls", syscalls),
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

fn fanotify(times: u32) -> Result<Duration> {
    use crossings_fanotify::{event, group};
    let file = NamedTempFile::new().context("make a file")?;
    let group = group::listen(InitFlags::FAN_CLASS_NOTIF).context("make a group")?;
    group::mark(&group, MarkFlags::empty(), MaskFlags::FAN_OPEN, file.path())
        .context("mark the file")?;
    time(times, || {
        drop(File::open(file.path()).context("open it")?);
        ensure!(event::drain(&group).context("read the event")?.len() == 1);
        Ok(())
    })
}

fn inotify(times: u32) -> Result<Duration> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let path = folder.path().join("notes");
    let mut inotify = Inotify::init().context("make an instance")?;
    let events = WatchMask::CREATE | WatchMask::DELETE;
    inotify.watches().add(folder.path(), events).context("watch the folder")?;
    time(times, || {
        drop(File::create_new(&path).context("create a file")?);
        fs::remove_file(&path).context("remove it")?;
        let events = crossings_inotify::event::drain(&mut inotify);
        ensure!(events.context("read the events")?.len() == 2);
        Ok(())
    })
}

fn ioctl(times: u32) -> Result<Duration> {
    let meter = Meter::open(OFlag::O_RDWR).context("open the meter")?;
    time(times, || {
        meter.get_reading(MeterReading::default()).context("METER_GET_READING")?;
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

fn mqueue(times: u32) -> Result<Duration> {
    let queue = Queue::create("/crossings-compare", 1, 64).context("make a queue")?;
    let mut buffer = [0; 64];
    time(times, || {
        queue.send(0, &[0; 64]).context("mq_send")?;
        ensure!(queue.recv(&mut buffer).context("mq_receive")?.1 == 64);
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

fn semaphores(times: u32) -> Result<Duration> {
    time(times, || Counter::open().map(drop).context("open the counter"))
}

fn shm(times: u32) -> Result<Duration> {
    // Everybody on one processor, or we would measure how fast the other one wakes up.
    let _here = OneProcessor::stay().context("stay on a processor")?;
    let memories = [private().context("a segment")?, private().context("a segment")?];
    let [there, back] = [&memories[0], &memories[1]].map(Exchange::init);
    let (there, back) = (there.context("sem_init")?, back.context("sem_init")?);
    let echo = || loop {
        back.put(there.take()?.0, || {})?
    };
    let _child = Child::start(echo).context("fork")?;
    time(times, || {
        there.put(7, || {}).context("put")?;
        ensure!(back.take().context("take")? == (7, 7));
        Ok(())
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

fn syscalls(times: u32) -> Result<Duration> {
    let null = File::options().write(true).open("/dev/null").context("open /dev/null")?;
    time(times, || {
        ensure!(ways::by_instruction(&null, b"hello") == 5);
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
