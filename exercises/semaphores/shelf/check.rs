//! Puts loaves on the shelf and takes them, without waiting and with, and interrupts who waits. Whoever waits is asleep
//! before the next step.

use judge::{
    Result, accepted, bail,
    caller::Caller,
    ensure, equal, receive, refused, rests,
    stopped::{StoppedRead, meanwhile},
    within,
};
use memmap2::MmapMut;
use nix::{
    errno::Errno,
    fcntl::{self, OFlag},
    sys::{signal::Signal, stat::Mode},
    unistd::{read, write},
};
use std::{
    fs::File,
    os::fd::AsRawFd,
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

/// How long somebody must have slept that waits, and how long nobody may come that must not.
const SOUND: Duration = Duration::from_millis(50);

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_millis(500);

/// As many as there are places.
const LOAVES: [&str; 4] = ["rye", "oat", "wheat", "a-long-loaf-15b"];

pub fn check() -> Result<()> {
    judge::let_signals_interrupt()?;
    judge::let_signals_restart()?;
    let shelf = open(OFlag::O_NONBLOCK)?;
    // Twice, so that the places are used anew.
    for _ in 0..2 {
        is_empty(&shelf, "an empty shelf")?;
        fill(&shelf)?;
        is_full(&shelf, "a full shelf")?;
        drain(&shelf, &LOAVES)?;
    }
    refused("a write(2) of no byte", write(&shelf, b""), Errno::EINVAL)?;
    refused("a write(2) of 16 bytes", write(&shelf, &[b'x'; 16]), Errno::EINVAL)?;
    readers_wait(&shelf)?;
    writers_wait(&shelf)?;
    interrupted_readers(&shelf)?;
    interrupted_writers(&shelf)?;
    failures_leave_the_shelf(&shelf)?;
    not_a_byte_more(&shelf)?;
    two_readers_at_once(&shelf)
}

fn readers_wait(shelf: &File) -> Result<()> {
    let (ends, results) = mpsc::channel();
    let reader = Waiter::start(&ends, take)?;
    reader.sleeps("a read(2) of an empty shelf", &results)?;
    let (kneader, loaf) = (open(OFlag::empty())?, "a write(2)");
    if let Err(finding) =
        within(PATIENCE, loaf, move || put(&kneader, "rye", "while a reader waits")).and_then(|put| put)
    {
        // A reader that holds a lock lets go of it.
        reader.0.signal(Signal::SIGUSR1)?;
        return Err(finding.context("a reader waits for a loaf"));
    }
    equal("what a reader takes that has waited", ended(&results, "a loaf was brought to a reader")?, Ok("rye".into()))?;

    let readers = [Waiter::start(&ends, take)?, Waiter::start(&ends, take)?];
    readers.iter().try_for_each(|reader| reader.sleeps("a read(2) of an empty shelf", &results))?;
    for loaf in ["oat", "wheat"] {
        put(shelf, loaf, "while readers wait")?;
        equal(
            "what a reader takes that has waited",
            ended(&results, "a loaf was brought to readers")?,
            Ok(loaf.into()),
        )?;
        let second = receive(&results, SOUND);
        ensure!(second.is_err(), "two readers wait, one loaf was brought, and both have returned");
    }
    is_empty(shelf, "a shelf whose loaves were taken")
}

fn writers_wait(shelf: &File) -> Result<()> {
    fill(shelf)?;
    let (ends, results) = mpsc::channel();
    Waiter::start(&ends, bring)?.sleeps("a write(2) to a full shelf", &results)?;
    equal("the first of four loaves", get(shelf, "of a full shelf")?.as_str(), LOAVES[0])?;
    equal("what a writer has brought that has waited", ended(&results, "a place is free")?, Ok("late".into()))?;
    is_full(shelf, "a shelf that is full again")?;
    drain(shelf, &[LOAVES[1], LOAVES[2], LOAVES[3], "late"])
}

fn interrupted_readers(shelf: &File) -> Result<()> {
    let (ends, results) = mpsc::channel();
    for _ in 0..3 {
        let reader = Waiter::start(&ends, take)?;
        reader.sleeps("a read(2) of an empty shelf", &results)?;
        reader.0.signal(Signal::SIGUSR1)?;
        let Ok(end) = receive(&results, PATIENCE) else {
            // Nobody could end this program while it has such a thread.
            put(shelf, "rye", "of a shelf with a place")?;
            bail!("a signal came to a reader that waited, and read(2) has not returned");
        };
        refused("a read(2) that a signal interrupts", end, Errno::EINTR)?;
    }
    is_empty(shelf, "an empty shelf whose readers were interrupted")?;

    let reader = Waiter::start(&ends, take)?;
    reader.sleeps("a read(2) of an empty shelf", &results)?;
    reader.0.signal(Signal::SIGUSR2)?;
    let again = "a read(2) of an empty shelf, interrupted by a signal whose handler has SA_RESTART,";
    reader.sleeps(again, &results)?;
    put(shelf, "oat", "while a reader waits")?;
    equal("what that reader takes", ended(&results, "a loaf was brought to a reader")?, Ok("oat".into()))
}

fn interrupted_writers(shelf: &File) -> Result<()> {
    fill(shelf)?;
    let (ends, results) = mpsc::channel();
    for _ in 0..3 {
        let writer = Waiter::start(&ends, bring)?;
        writer.sleeps("a write(2) to a full shelf", &results)?;
        writer.0.signal(Signal::SIGUSR1)?;
        let Ok(end) = receive(&results, PATIENCE) else {
            get(shelf, "of a full shelf")?;
            bail!("a signal came to a writer that waited, and write(2) has not returned");
        };
        refused("a write(2) that a signal interrupts", end, Errno::EINTR)?;
    }
    is_full(shelf, "a full shelf whose writers were interrupted")?;
    drain(shelf, &LOAVES)
}

fn failures_leave_the_shelf(shelf: &File) -> Result<()> {
    put(shelf, "wheat", "of a shelf with a place")?;
    for _ in 0..5 {
        refused("a read(2) with room for one byte", read(shelf, &mut [0]), Errno::EMSGSIZE)?;
        equal("a loaf that did not fit", get(shelf, "after one that has failed with EMSGSIZE")?.as_str(), "wheat")?;
        put(shelf, "wheat", "after a loaf was taken that did not fit before")?;
    }
    refused("a read(2) with room for 4 of 5 bytes", read(shelf, &mut [0; 4]), Errno::EMSGSIZE)?;
    equal("what a read(2) with room for 5 of 5 bytes returns", read(shelf, &mut [0; 5]), Ok(5))?;
    put(shelf, "wheat", "after a loaf was taken that just fitted")?;
    for _ in 0..5 {
        // SAFETY: nobody has memory at this address, and the kernel says so.
        let result = unsafe { libc::read(shelf.as_raw_fd(), std::ptr::without_provenance_mut(8), 15) };
        refused("a read(2) to a bad address", Errno::result(result), Errno::EFAULT)?;
    }
    equal("a loaf after bad addresses", get(shelf, "after one that has failed with EFAULT")?.as_str(), "wheat")?;
    for _ in 0..5 {
        // SAFETY: the same.
        let result = unsafe { libc::write(shelf.as_raw_fd(), std::ptr::without_provenance(8), 4) };
        refused("a write(2) from a bad address", Errno::result(result), Errno::EFAULT)?;
    }
    is_empty(shelf, "a shelf that nothing was put on")?;
    fill(shelf)?;
    drain(shelf, &LOAVES)
}

/// The loaf is the last that the program has in its memory.
fn not_a_byte_more(shelf: &File) -> Result<()> {
    const PAGE: usize = 4096;
    let mut memory = MmapMut::map_anon(2 * PAGE)?;
    // SAFETY: page 1 of the mapping, at which nobody looks from now on.
    Errno::result(unsafe { libc::mprotect(memory.as_mut_ptr().add(PAGE).cast(), PAGE, libc::PROT_NONE) })?;
    let loaf = "rye";
    memory[PAGE - loaf.len()..PAGE].copy_from_slice(loaf.as_bytes());
    let written = write(shelf, &memory[PAGE - loaf.len()..PAGE]);
    equal("what a write(2) of the last 3 bytes of the program's memory returns", written, Ok(loaf.len()))?;
    drain(shelf, &[loaf])
}

/// A read(2) stands still in the middle of its copy, and another one comes.
fn two_readers_at_once(shelf: &File) -> Result<()> {
    for loaf in ["rye", "oat"] {
        put(shelf, loaf, "to a shelf with a place")?;
    }
    let one = StoppedRead::begin(open(OFlag::O_NONBLOCK)?, 15)?;
    let other = open(OFlag::O_NONBLOCK)?;
    let other = meanwhile(libc::SYS_read, move || take(&other))?;
    let first = String::from_utf8_lossy(&one.end()?).into_owned();
    let call = "a read(2) of a shelf with two loaves, while another one is under way,";
    let second = accepted(call, other(call)?)?;
    // Whoever has come first.
    let mut taken = [first.as_str(), &second];
    taken.sort_unstable();
    ensure!(
        taken == ["oat", "rye"],
        "two loaves lie on the shelf, two programs take one at the same time, and they get {first:?} and {second:?}"
    );
    is_empty(shelf, "a shelf of which two have taken at the same time")
}

/// A thread in a call that waits.
struct Waiter(Caller<()>);

impl Waiter {
    /// What the call returns goes to `ends`.
    fn start(
        ends: &Sender<nix::Result<String>>,
        call: impl FnOnce(&File) -> nix::Result<String> + Send + 'static,
    ) -> Result<Waiter> {
        let (shelf, ends) = (open(OFlag::empty())?, ends.clone());
        Ok(Waiter(Caller::start(move || drop(ends.send(call(&shelf))))?))
    }

    /// That it sleeps, and has not returned.
    fn sleeps(&self, call: &str, ends: &Receiver<nix::Result<String>>) -> Result<()> {
        let rests = rests(self.0.task, SOUND)?;
        if let Ok(end) = ends.try_recv() {
            bail!("{call} should wait, and returns {end:?}");
        }
        ensure!(rests, "{call} waits, and wakes up again and again, and nobody has changed anything");
        Ok(())
    }
}

/// How a call ended that has waited.
fn ended(ends: &Receiver<nix::Result<String>>, why: &str) -> Result<nix::Result<String>> {
    match receive(ends, PATIENCE) {
        Ok(end) => Ok(end),
        Err(_) => bail!("{why}, and the call that has waited for it has not returned"),
    }
}

fn open(flags: OFlag) -> Result<File> {
    let shelf = fcntl::open("/dev/exercise", OFlag::O_RDWR | flags, Mode::empty());
    accepted("open(2) of /dev/exercise", shelf).map(File::from)
}

fn take(shelf: &File) -> nix::Result<String> {
    let mut loaf = [0; 64];
    read(shelf, &mut loaf).map(|length| String::from_utf8_lossy(&loaf[..length]).into_owned())
}

fn bring(shelf: &File) -> nix::Result<String> {
    write(shelf, b"late").map(|_| "late".into())
}

fn put(shelf: &File, loaf: &str, when: &str) -> Result<()> {
    equal(&format!("what a write(2) {when} returns"), write(shelf, loaf.as_bytes()), Ok(loaf.len()))
}

fn get(shelf: &File, when: &str) -> Result<String> {
    accepted(&format!("a read(2) {when}"), take(shelf))
}

fn fill(shelf: &File) -> Result<()> {
    LOAVES.iter().try_for_each(|loaf| put(shelf, loaf, "to a shelf with a place"))
}

/// These lie there, in this order, and no other.
fn drain(shelf: &File, loaves: &[&str]) -> Result<()> {
    for &loaf in loaves {
        equal("the loaf that was put there first", get(shelf, "of a shelf with a loaf")?.as_str(), loaf)?;
    }
    is_empty(shelf, "a shelf whose loaves were taken")
}

fn is_empty(shelf: &File, what: &str) -> Result<()> {
    refused(&format!("a read(2) of {what}, with O_NONBLOCK,"), take(shelf), Errno::EAGAIN)
}

fn is_full(shelf: &File, what: &str) -> Result<()> {
    refused(&format!("a write(2) to {what}, with O_NONBLOCK,"), bring(shelf), Errno::EAGAIN)
}
