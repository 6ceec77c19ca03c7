//! Writes to the disk in all ways that promise something, cuts its power, and looks for what was promised. Also counts
//! what the medium had to take for it.

use judge::{Context, Result, accepted, bail, ensure, equal};
use memmap2::MmapMut;
use nix::{errno::Errno, fcntl::OFlag, unistd::fsync};
use std::{
    fs::{self, File, OpenOptions},
    os::{
        fd::AsRawFd,
        unix::fs::{FileExt, OpenOptionsExt},
    },
};

const SECTOR: usize = 512;

/// All that is written lies in the first so many sectors, 128 of which may be dirty.
const SECTORS: usize = 256;

pub fn check() -> Result<()> {
    let disk = Disk(open(OFlag::O_DIRECT)?);
    a_flush_stores_all(&disk)?;
    the_page_cache_is_flushed(&disk)?;
    a_write_can_be_safe_by_itself(&disk)?;
    the_cache_is_of_use(&disk)?;
    a_failure_is_told(&disk)
}

fn a_flush_stores_all(disk: &Disk) -> Result<()> {
    disk.write(0, b'a')?;
    disk.flush("of a sector that was written directly")?;
    cut_power()?;
    disk.has(0, b'a', "a sector was written, fsync(2) has returned, the power was cut")?;
    for sector in (3..250).step_by(3) {
        disk.write(sector, b'b')?;
    }
    disk.flush("of many sectors that were written directly")?;
    cut_power()?;
    for sector in (3..250).step_by(3) {
        disk.has(sector, b'b', "many sectors were written, fsync(2) has returned, the power was cut")?;
    }
    // One more than can be dirty, and then some.
    for sector in 0..SECTORS {
        disk.write(sector, b'c')?;
    }
    disk.flush("of all sectors")?;
    cut_power()?;
    for sector in 0..SECTORS {
        disk.has(sector, b'c', "all sectors were written, fsync(2) has returned, the power was cut")?;
    }
    // As many with one write(2).
    let mut memory = MmapMut::map_anon(SECTORS * SECTOR)?;
    memory.fill(b'C');
    accepted("a direct write of 256 sectors", disk.0.write_all_at(&memory, 0))?;
    disk.flush("of 256 sectors that were written at once")?;
    cut_power()?;
    for sector in 0..SECTORS {
        disk.has(sector, b'C', "256 sectors were written at once, fsync(2) has returned, the power was cut")?;
    }
    Ok(())
}

fn the_page_cache_is_flushed(disk: &Disk) -> Result<()> {
    let cached = open(OFlag::empty())?;
    accepted("a write to the page cache", cached.write_all_at(&[b'd'; 64 * SECTOR], 0))?;
    accepted("fsync(2) of the page cache", fsync(&cached))?;
    drop(cached);
    cut_power()?;
    for sector in 0..64 {
        disk.has(sector, b'd', "sectors were written by the page cache, fsync(2) has returned, the power was cut")?;
    }
    Ok(())
}

fn a_write_can_be_safe_by_itself(disk: &Disk) -> Result<()> {
    let safe = Disk(open(OFlag::O_DIRECT | OFlag::O_DSYNC)?);
    for sector in [7, 70, 77] {
        safe.write(sector, b'e')?;
        cut_power()?;
        disk.has(sector, b'e', "a sector was written with O_DSYNC, the power was cut")?;
    }
    // After pwrite(2) comes a flush in any case. Of io_submit(2), the disk is only told that this write must be safe.
    for sector in [8, 80, 88] {
        safe.write_asynchronously(sector, b'h')?;
        cut_power()?;
        disk.has(sector, b'h', "a sector was written by io_submit(2) with O_DSYNC, the power was cut")?;
    }
    Ok(())
}

fn the_cache_is_of_use(disk: &Disk) -> Result<()> {
    let before = stores()?;
    for _ in 0..50 {
        disk.write(9, b'f')?;
    }
    let stored = stores()? - before;
    ensure!(stored < 50, "a sector was written 50 times without fsync(2), and the medium had to take it each time");
    disk.flush("of a sector that was written 50 times")?;
    let stored = stores()? - before;
    ensure!(
        stored <= 1,
        "a sector was written 50 times, then came an fsync(2), and the medium had to take {stored} sectors"
    );
    disk.flush("of nothing")?;
    ensure!(
        stores()? - before == stored,
        "nothing was written since the last fsync(2), and the next one has worn the medium all the same"
    );
    cut_power()?;
    disk.has(9, b'f', "a sector was written 50 times, fsync(2) has returned, the power was cut")
}

fn a_failure_is_told(disk: &Disk) -> Result<()> {
    for sector in 20..40 {
        disk.write(sector, b'g')?;
    }
    set("worn", "1")?;
    match fsync(&disk.0) {
        Err(Errno::EIO) => {}
        Err(errno) => bail!("fsync(2) should fail with EIO while the medium takes nothing, and fails with {errno:?}"),
        Ok(()) => bail!("the medium takes nothing, and fsync(2) has returned as if the data were safe"),
    }
    disk.has(30, b'g', "fsync(2) has failed, the power is on")?;
    set("worn", "0")?;
    disk.flush("of the same sectors, now that the medium takes them")?;
    cut_power()?;
    for sector in 20..40 {
        disk.has(sector, b'g', "one fsync(2) has failed, the next has not, the power was cut")?;
    }
    Ok(())
}

/// A `struct iocb` of linux/aio_abi.h, for a little-endian machine.
#[repr(C)]
#[derive(Default)]
struct Iocb {
    data: u64,
    key: u32,
    write_flags: i32,
    opcode: u16,
    priority: i16,
    file: i32,
    memory: u64,
    length: u64,
    offset: i64,
    reserved: u64,
    flags: u32,
    event_file: u32,
}

const IOCB_CMD_PWRITE: u16 = 1;

/// The disk, past the page cache.
struct Disk(File);

impl Disk {
    fn write(&self, sector: usize, letter: u8) -> Result<()> {
        let mut memory = MmapMut::map_anon(SECTOR)?;
        memory.fill(letter);
        accepted("a direct write of a sector", self.0.write_all_at(&memory, (sector * SECTOR) as u64))
    }

    /// io_submit(2), and waits for the end.
    fn write_asynchronously(&self, sector: usize, letter: u8) -> Result<()> {
        let mut memory = MmapMut::map_anon(SECTOR)?;
        memory.fill(letter);
        let (mut context, mut event) = (0_u64, [0_i64; 4]);
        let request = Iocb {
            opcode: IOCB_CMD_PWRITE,
            file: self.0.as_raw_fd(),
            memory: memory.as_ptr() as u64,
            length: SECTOR as u64,
            offset: (sector * SECTOR) as i64,
            ..Iocb::default()
        };
        let requests = [&raw const request];
        // SAFETY: the kernel writes the context's name.
        Errno::result(unsafe { libc::syscall(libc::SYS_io_setup, 1, &raw mut context) }).context("io_setup(2)")?;
        // SAFETY: the request is one, and it and its memory stay until it has ended, below.
        let submitted = unsafe { libc::syscall(libc::SYS_io_submit, context, 1, &raw const requests) };
        accepted("io_submit(2) of a write", Errno::result(submitted))?;
        let no_limit: *const libc::timespec = std::ptr::null();
        // SAFETY: the kernel writes one event.
        let ended = unsafe { libc::syscall(libc::SYS_io_getevents, context, 1, 1, &raw mut event, no_limit) };
        Errno::result(ended).context("io_getevents(2)")?;
        // SAFETY: nobody uses the context any more.
        Errno::result(unsafe { libc::syscall(libc::SYS_io_destroy, context) }).context("io_destroy(2)")?;
        equal("what a write by io_submit(2) returns", event[2], SECTOR as i64)
    }

    fn flush(&self, what: &str) -> Result<()> {
        accepted(&format!("fsync(2) {what}"), fsync(&self.0))
    }

    fn has(&self, sector: usize, letter: u8, story: &str) -> Result<()> {
        let mut memory = MmapMut::map_anon(SECTOR)?;
        accepted("a direct read of a sector", self.0.read_exact_at(&mut memory, (sector * SECTOR) as u64))?;
        ensure!(
            memory.iter().all(|&byte| byte == letter),
            "{story}, and sector {sector} does not have what was written"
        );
        Ok(())
    }
}

fn open(flags: OFlag) -> Result<File> {
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags.bits()).open("/dev/exercise");
    file.context("open /dev/exercise")
}

fn cut_power() -> Result<()> {
    set("power_cut", "1")
}

fn set(attribute: &str, value: &str) -> Result<()> {
    let path = format!("/sys/block/exercise/{attribute}");
    fs::write(&path, value).with_context(|| format!("write {path}"))
}

/// How many sectors the medium has taken.
fn stores() -> Result<u32> {
    let text = fs::read_to_string("/sys/block/exercise/stores").context("read /sys/block/exercise/stores")?;
    Ok(text.trim().parse()?)
}
