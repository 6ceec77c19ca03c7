//! A small test-suite for a driver: five steps, one after the other, and what is said of the first that fails also says
//! which steps stand. It loads the module with other parameters, and goes on with a module that is loaded.

use judge::{Context, Result, accepted, anyhow, bail, ensure, equal, is_asleep, refused, until, within};
use lesson::kmod::{load, unload};
use memmap2::MmapMut;
use nix::{
    errno::Errno,
    fcntl::{self, OFlag},
    kmod::{ModuleInitFlags, finit_module},
    sys::{
        stat::Mode,
        uio::{pread, pwrite},
    },
    unistd::{fsync, gettid},
};
use std::{
    ffi::CStr,
    fs::{self, File},
    os::fd::AsRawFd,
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

const SIZE: usize = 4 << 20;
const CHUNK: usize = 32 << 10;
const SECTOR: usize = 512;
const PAGE: usize = 4096;

/// How many chunks two programs write to at the same time.
const CHUNKS_AT_ONCE: usize = 5;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

nix::ioctl_read_bad!(blkgetsize64, nix::request_code_read!(0x12, 114, size_of::<usize>()), u64);
nix::ioctl_write_ptr_bad!(blkdiscard, nix::request_code_none!(0x12, 119), [u64; 2]);
nix::ioctl_write_ptr_bad!(blkroset, nix::request_code_none!(0x12, 93), libc::c_int);

type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 5] = [
    ("the disk appears and goes", appears_and_goes),
    ("it is read and written", is_read_and_written),
    ("requests come at the same time", at_the_same_time),
    ("what is discarded reads as zeros, and memory is given back", gives_back),
    ("its limits", limits),
];

pub fn check() -> Result<()> {
    for (stand, (name, step)) in STEPS.into_iter().enumerate() {
        step().map_err(|finding| {
            let stand = match stand {
                0 => "No step stands yet".to_string(),
                1 => "Step 1 stands".to_string(),
                2 => "Steps 1 and 2 stand".to_string(),
                _ => format!("Steps 1 to {stand} stand"),
            } + &format!(". Step {}, {name}", stand + 1);
            anyhow!("{stand}: {finding:#}")
        })?;
    }
    Ok(())
}

fn appears_and_goes() -> Result<()> {
    let disk = Disk::open()?;
    let mut bytes = 0;
    // SAFETY: BLKGETSIZE64 writes 64 bits, and that is what there is.
    unsafe { blkgetsize64(disk.0.as_raw_fd(), &raw mut bytes) }.context("BLKGETSIZE64")?;
    equal("how many bytes the disk has", bytes, SIZE as u64)?;
    equal("how many bytes a sector has", sector_size()?, SECTOR)?;
    let kept = value("/sys/module/exercise/refcnt")?;
    ensure!(kept > 0, "a program has the disk open, and nothing keeps the module from being unloaded meanwhile");
    refused("delete_module(2), while a program has the disk open,", unload("exercise"), Errno::EAGAIN)?;
    drop(disk);
    for size in [c"sector_size=4096", c"sector_size=1024", c"sector_size=512"] {
        again(size)?;
        let name = size.to_string_lossy();
        equal(
            &format!("how many bytes a sector has with {name}"),
            format!("sector_size={}", sector_size()?),
            name.into(),
        )?;
        Disk::open()?;
    }
    accepted("delete_module(2), while nobody has the disk open,", unload("exercise"))?;
    ensure!(!Path::new("/dev/exercise").exists(), "the module is unloaded, and /dev/exercise is still there");
    for size in [c"sector_size=0", c"sector_size=256", c"sector_size=1000", c"sector_size=8192"] {
        refused(&format!("loading the module with {}", size.to_string_lossy()), insert(size), Errno::EINVAL)?;
    }
    accepted("loading the module", load("exercise"))
}

fn is_read_and_written() -> Result<()> {
    again(c"")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.is_on(&disk, "nothing was written")?;
    model.is_on_by(&disk, "nothing was written", PAGE)?;
    equal("how many chunks there are when all was read and nothing written", chunks()?, 0)?;
    // Place and length in sectors, and where in a page of memory it begins.
    for (what, place, length, start) in [
        ("one sector", 9, 1, 0),
        ("16 pages", 64, 128, 0),
        ("a page's length from the middle of a page on", 300, 8, 4),
        ("a page's length across the end of a chunk", 6 * 64 - 7, 8, 0),
        ("a megabyte", 1000, 2048, 1),
    ] {
        let written = format!("after a direct write of {what}");
        model.write(&disk, place, length, start, &written)?;
        model.is_on(&disk, &written)?;
    }
    let written = "after a write to the page cache and fsync(2)";
    let cached = open(OFlag::empty())?;
    model.change(4000, 500, b'c');
    accepted("a write to the page cache", pwrite(&cached, model.bytes(4000, 500), (4000 * SECTOR) as i64))?;
    accepted("fsync(2)", fsync(&cached))?;
    drop(cached);
    model.is_on(&disk, written)?;
    model.is_on_by(&disk, written, PAGE / 2)?;
    equal("how many chunks there are", chunks()?, model.chunks())
}

fn at_the_same_time() -> Result<()> {
    again(c"test_ms=200")?;
    let disk = Disk::open()?;
    for chunk in 0..CHUNKS_AT_ONCE {
        let place = (chunk * CHUNK) as i64;
        let (task, tasks) = mpsc::channel();
        let first = thread::spawn(move || -> Result<()> {
            let disk = Disk::open()?;
            let _ = task.send(gettid());
            disk.write(place, &sectors(b'1', SECTOR)?).map(drop)
        });
        let first_task = tasks.recv().context("a thread that writes")?;
        // The memory of the chunk is tested, or it is there already.
        until(PATIENCE, || Ok((first.is_finished() || is_asleep(first_task).unwrap_or(true)).then_some(())))?;
        let second = disk.write(place + PAGE as i64, &sectors(b'2', SECTOR)?);
        first.join().map_err(|_| anyhow!("a thread that writes has panicked"))??;
        second?;
        for (place, letter) in [(place, b'1'), (place + PAGE as i64, b'2')] {
            let mut read = sectors(b'r', SECTOR)?;
            accepted("a direct read", pread(&disk.0, &mut read, place))?;
            ensure!(
                read.iter().all(|&byte| byte == letter),
                "two programs wrote at the same time to different sectors of a chunk that was not there yet, and what \
                 one of them has written is lost"
            );
        }
    }
    equal("how many chunks there are, after two programs have written to them,", chunks()?, CHUNKS_AT_ONCE)
}

fn gives_back() -> Result<()> {
    again(c"")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.write(&disk, 0, 20 * 64, 0, "before all discards")?;
    for (what, place, length, left) in [
        ("one sector", 100, 1, 20),
        ("a chunk", 3 * 64, 64, 19),
        ("less than a chunk, across the end of one", 6 * 64 - 10, 20, 19),
        ("the end of a chunk, two chunks, and the beginning of a fourth", 10 * 64 + 60, 8 + 2 * 64, 17),
        ("what was discarded before", 3 * 64, 64, 17),
        ("what was never written", 60 * 64, 640, 17),
    ] {
        let discarded = format!("after a discard of {what}");
        disk.discard(place, length)?;
        model.zero(place, length);
        model.is_on(&disk, &discarded)?;
        equal(&format!("how many chunks there are {discarded}"), chunks()?, left)?;
    }
    model.write(&disk, 3 * 64 + 5, 1, 0, "after a write where a chunk was discarded")?;
    model.is_on(&disk, "after a write where a chunk was discarded")?;
    drop(disk);

    let before = memory()?;
    for _ in 0..3 {
        again(c"")?;
        Model::new()?.write(&Disk::open()?, 0, SIZE / SECTOR, 0, "of all sectors")?;
    }
    again(c"")?;
    // What a disk had is not freed at once.
    let freed = until(PATIENCE, || Ok((memory()? < before + SIZE / 1024).then_some(())))?;
    freed.context("the whole disk was written, the module unloaded, three times, and the kernel has kept memory")
}

fn limits() -> Result<()> {
    again(c"chunks_max=4")?;
    let disk = Disk::open()?;
    let mut model = Model::new()?;
    model.write(&disk, 0, 4 * 64, 0, "of 4 chunks with chunks_max=4")?;
    let too_much = sectors(b'x', SECTOR)?;
    let (fifth, place) = (Disk::open()?, (50 * CHUNK) as i64);
    let full = "a write that needs a fifth chunk, with chunks_max=4,";
    match within(PATIENCE, full, move || pwrite(&fifth.0, &too_much, place)) {
        Ok(result) => refused(full, result, Errno::ENOSPC)?,
        Err(finding) => {
            // Nobody could end this program while one of its threads waits for a chunk.
            fs::write("/sys/module/exercise/parameters/chunks_max", "5").context("write chunks_max")?;
            return Err(finding);
        }
    }
    model.is_on(&disk, "after a write that has failed with ENOSPC")?;
    model.write(&disk, 10, 100, 0, "of chunks that there are, on a disk that is full,")?;
    disk.discard(64, 64)?;
    model.zero(64, 64);
    model.write(&disk, 90 * 64, 3, 0, "to a disk that has room again")?;
    model.is_on(&disk, "after a chunk was discarded and another one written")?;
    drop(disk);

    again(c"")?;
    let disk = Disk::open()?;
    disk.set_read_only(true).context("BLKROSET to 1")?;
    let letters = sectors(b'x', SECTOR)?;
    refused("a write to a disk that BLKROSET protects", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    disk.set_read_only(false).context("BLKROSET to 0")?;
    accepted("a write to a disk that BLKROSET protects no more", pwrite(&disk.0, &letters, 0))?;
    drop(disk);

    again(c"read_only=1")?;
    let disk = Disk::open()?;
    refused("a write to a disk with read_only", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    refused("BLKROSET to 0 of a disk with read_only", disk.set_read_only(false), Errno::EPERM)?;
    refused("a write to a disk with read_only, after BLKROSET,", pwrite(&disk.0, &letters, 0), Errno::EPERM)?;
    Model::new()?.is_on(&disk, "with read_only")
}

/// The disk, past the page cache.
struct Disk(File);

impl Disk {
    fn open() -> Result<Disk> {
        Ok(Disk(open(OFlag::O_DIRECT)?))
    }

    fn write(&self, place: i64, memory: &[u8]) -> Result<usize> {
        let written = accepted("a direct write", pwrite(&self.0, memory, place))?;
        equal("how much a direct write has written", written, memory.len())?;
        Ok(written)
    }

    fn discard(&self, place: usize, length: usize) -> Result<()> {
        let range = [place, length].map(|sectors| (sectors * SECTOR) as u64);
        // SAFETY: BLKDISCARD reads the two numbers.
        accepted("BLKDISCARD", unsafe { blkdiscard(self.0.as_raw_fd(), &range) }).map(drop)
    }

    fn set_read_only(&self, yes: bool) -> nix::Result<()> {
        // SAFETY: BLKROSET reads an int.
        unsafe { blkroset(self.0.as_raw_fd(), &libc::c_int::from(yes)) }.map(drop)
    }
}

/// What the disk should have.
struct Model {
    disk: MmapMut,
    /// Each write has letters of its own.
    next: u8,
}

impl Model {
    fn new() -> Result<Model> {
        Ok(Model { disk: MmapMut::map_anon(SIZE)?, next: b'a' })
    }

    fn bytes(&self, place: usize, length: usize) -> &[u8] {
        &self.disk[place * SECTOR..][..length * SECTOR]
    }

    fn change(&mut self, place: usize, length: usize, first: u8) {
        for (n, sector) in self.disk[place * SECTOR..][..length * SECTOR].chunks_mut(SECTOR).enumerate() {
            sector.fill(first.wrapping_add((n % 101) as u8).max(1));
        }
    }

    fn zero(&mut self, place: usize, length: usize) {
        self.disk[place * SECTOR..][..length * SECTOR].fill(0);
    }

    /// Writes so many sectors, from memory that begins so many sectors behind the beginning of a page.
    fn write(&mut self, disk: &Disk, place: usize, length: usize, start: usize, what: &str) -> Result<()> {
        self.change(place, length, self.next);
        self.next = self.next.wrapping_add(7);
        let mut memory = sectors(0, (start + length) * SECTOR)?;
        memory[start * SECTOR..].copy_from_slice(self.bytes(place, length));
        disk.write((place * SECTOR) as i64, &memory[start * SECTOR..]).with_context(|| what.to_string()).map(drop)
    }

    /// Reads all of the disk, a megabyte at a time.
    fn is_on(&self, disk: &Disk, when: &str) -> Result<()> {
        self.is_on_by(disk, when, 1 << 20)
    }

    /// The same in pieces of this length.
    fn is_on_by(&self, disk: &Disk, when: &str, length: usize) -> Result<()> {
        let mut memory = sectors(b'r', length)?;
        for place in (0..SIZE).step_by(length) {
            let read = accepted(&format!("a direct read {when}"), pread(&disk.0, &mut memory, place as i64))?;
            equal("how much a direct read has read", read, length)?;
            let expected = &self.disk[place..][..length];
            if memory[..] != *expected {
                let wrong = memory.iter().zip(expected).take_while(|(got, expected)| got == expected).count();
                bail!("{when}, direct reads of {length} bytes bring wrong ones from byte {} on", place + wrong);
            }
        }
        Ok(())
    }

    /// How many chunks have something in them.
    fn chunks(&self) -> usize {
        self.disk.chunks(CHUNK).filter(|chunk| chunk.iter().any(|&byte| byte != 0)).count()
    }
}

/// Memory that begins with a page, as O_DIRECT wants it.
fn sectors(letter: u8, length: usize) -> Result<MmapMut> {
    let mut memory = MmapMut::map_anon(length)?;
    memory.fill(letter);
    Ok(memory)
}

fn open(flags: OFlag) -> Result<File> {
    let disk = fcntl::open("/dev/exercise", OFlag::O_RDWR | OFlag::O_CLOEXEC | flags, Mode::empty());
    disk.map(File::from).context("open /dev/exercise")
}

/// Loads the module anew, with these parameters.
fn again(parameters: &CStr) -> Result<()> {
    accepted("delete_module(2), while nobody has the disk open,", unload("exercise"))?;
    accepted(&format!("loading the module with {parameters:?}"), insert(parameters))
}

fn insert(parameters: &CStr) -> nix::Result<()> {
    let module = fcntl::open("/root/exercise.ko", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    finit_module(module, parameters, ModuleInitFlags::empty())
}

fn sector_size() -> Result<usize> {
    value("/sys/block/exercise/queue/logical_block_size")
}

fn chunks() -> Result<usize> {
    value("/sys/module/exercise/parameters/chunks")
}

fn value(path: &str) -> Result<usize> {
    let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    text.trim().parse().with_context(|| format!("read {path}"))
}

/// How much memory the kernel has for itself and cannot give back, in KiB; see proc_meminfo(5).
fn memory() -> Result<usize> {
    let memory = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let line = memory.lines().find_map(|line| line.strip_prefix("SUnreclaim:"));
    let amount = line.and_then(|line| line.split_whitespace().next()).context("/proc/meminfo has no SUnreclaim")?;
    Ok(amount.parse()?)
}
