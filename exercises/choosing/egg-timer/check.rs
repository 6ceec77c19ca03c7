//! Takes the six steps one after the other, as the comment in the file has them, and says which of them stand and what the next
//! one lacks. Whatever is measured here can only be too early; nothing is too late.

use judge::{
    Result, accepted, anyhow, bail,
    caller::{Caller, Halt},
    ensure, equal, receive, refused, rests, until, within,
};
use lesson::task;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
        signal::Signal,
    },
    unistd::{read, write},
};
use std::{
    fs::{self, File, OpenOptions},
    os::{
        fd::{AsFd, AsRawFd},
        unix::fs::{MetadataExt, OpenOptionsExt},
    },
    ptr, thread,
    time::{Duration, Instant},
};

/// How long anything may take that should happen at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long who sleeps must not wake up.
const SOUND: Duration = Duration::from_millis(50);

/// The longest time, in milliseconds: nothing here takes so long.
const LONG: u32 = 60_000;

const FOLDER: &str = "/sys/class/misc/exercise";

/// `struct egg_status`.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
struct Status {
    left: u64,
    rung: u64,
}

nix::ioctl_read!(egg_status, 0xc5, 0x40, Status);
nix::ioctl_none!(egg_unknown, 0xc5, 0x41);

type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 6] = [
    ("write(2)", write_sets_it),
    ("read(2)", read_waits_for_it),
    ("those who cannot wait", a_wait_can_be_ended),
    ("poll(2)", poll_sees_it),
    ("ioctl(2)", its_status_is_told),
    ("the kitchen", the_kitchen_knows),
];

pub fn check() -> Result<()> {
    judge::let_signals_interrupt()?;
    judge::let_signals_restart()?;
    for (stands, (name, step)) in STEPS.into_iter().enumerate() {
        let before = match stands {
            0 => String::new(),
            1 => "step 1 stands. ".into(),
            _ => format!("steps 1 to {stands} stand. "),
        };
        step().map_err(|finding| anyhow!("{before}Step {}, {name}: {finding:#}", stands + 1))?;
    }
    Ok(())
}

// Step 1

fn write_sets_it() -> Result<()> {
    let egg = Egg::open()?;
    for text in ["50000", "50000\n", "60000", "0"] {
        let written = within(PATIENCE, &format!("a write(2) of {text:?}"), {
            let file = egg.0.try_clone()?;
            move || write(&file, text.as_bytes())
        })?;
        equal(&format!("what write(2) of {text:?} returns"), written, Ok(text.len()))?;
    }
    for text in ["", "\n", "soft", "5 minutes", "-1", "0x10", "1.5"] {
        refused(&format!("a write(2) of {text:?}"), write(&egg.0, text.as_bytes()), Errno::EINVAL)?;
    }
    for text in ["60001", "4294967295", "4294967296", "99999999999999999999"] {
        refused(&format!("a write(2) of {text:?}"), write(&egg.0, text.as_bytes()), Errno::ERANGE)?;
    }
    // SAFETY: nothing is mapped at address 0, so nothing is read there.
    let result = unsafe { libc::write(egg.0.as_raw_fd(), ptr::null(), 2) };
    refused("a write(2) from a null pointer", Errno::result(result), Errno::EFAULT)
}

// Step 2

fn read_waits_for_it() -> Result<()> {
    it_rings_in_time()?;
    each_file_has_its_own()?;
    the_last_setting_counts()?;
    let egg = Egg::open()?;
    let small = within(PATIENCE, "a read(2) with room for 7 bytes", {
        let file = egg.0.try_clone()?;
        move || read(&file, &mut [0; 7])
    })?;
    refused("a read(2) with room for 7 bytes", small, Errno::EINVAL)?;
    egg.set(1)?;
    egg.is_rung("a timer was set to 1 ms")?;
    bad_memory_takes_nothing()
}

fn it_rings_in_time() -> Result<()> {
    let (egg, before) = (Egg::open()?, Instant::now());
    egg.set(100)?;
    egg.is_rung("a timer was set to 100 ms")?;
    let took = before.elapsed();
    ensure!(
        took >= Duration::from_millis(100),
        "a timer was set to 100 ms, and read(2) has returned after {} ms",
        took.as_millis()
    );
    let reader = Reader::start(&egg)?;
    let sound = rests(reader.0.task, SOUND)?;
    reader.sleeps("a timer has rung once and was read once")?;
    ensure!(
        sound,
        "a timer is not set, and read(2) wakes up again and again to look: nothing but the timer should wake it"
    );
    egg.set(1)?;
    reader.gives("the timer of a read(2) that sleeps has rung", 1)
}

fn each_file_has_its_own() -> Result<()> {
    let (one, other) = (Egg::open()?, Egg::open()?);
    let reader = Reader::start(&one)?;
    reader.sleeps("its timer is not set")?;
    other.set(1)?;
    ensure!(
        receive(&reader.0.returned, SOUND).is_err(),
        "two files are open, and the timer of one was set to 1 ms: a read(2) of the other one has returned"
    );
    other.is_rung("a second timer was set to 1 ms")?;
    reader.sleeps("another open file's timer has rung, and its own is not set")?;
    one.set(1)?;
    reader.gives("its own timer has rung too", 1)
}

fn the_last_setting_counts() -> Result<()> {
    let egg = Egg::open()?;
    egg.set(LONG)?;
    egg.set(1)?;
    egg.is_rung("a timer was set to 60000 ms, and then to 1 ms")?;
    let time = Duration::from_millis(200);
    for _ in 0..20 {
        let (egg, before) = (Egg::open()?, Instant::now());
        egg.set(200)?;
        egg.set(0)?;
        if before.elapsed() >= time {
            // It may have rung: this machine was busy.
            continue;
        }
        let reader = Reader::start(&egg)?;
        let other = Egg::open()?;
        other.set(300)?;
        other.is_rung("a timer was set to 300 ms")?;
        reader.sleeps("its timer was set to 200 ms and stopped, and another one has rung that was set to 300 ms")?;
        egg.set(1)?;
        return reader.gives("its timer was stopped, and then set to 1 ms", 1);
    }
    bail!("no timer could be stopped within 200 ms")
}

fn bad_memory_takes_nothing() -> Result<()> {
    let egg = Egg::open()?;
    egg.set(1)?;
    let result = within(PATIENCE, "a read(2) to a null pointer", {
        let file = egg.0.try_clone()?;
        // SAFETY: nothing is mapped at address 0, so nothing is written there.
        move || Errno::result(unsafe { libc::read(file.as_raw_fd(), ptr::null_mut(), 8) })
    })?;
    refused("a read(2) to a null pointer, when the timer has rung,", result, Errno::EFAULT)?;
    egg.is_rung("a timer has rung, and one read(2) of it has failed with EFAULT")
}

// Step 3

fn a_wait_can_be_ended() -> Result<()> {
    let egg = Egg(open(libc::O_NONBLOCK)?);
    let take = || {
        let file = egg.0.try_clone()?;
        within(PATIENCE, "a read(2) with O_NONBLOCK", move || take(&file))
    };
    refused("a read(2) with O_NONBLOCK of a timer that is not set", take()?, Errno::EAGAIN)?;
    egg.set(LONG)?;
    refused("a read(2) with O_NONBLOCK of a timer that has not rung", take()?, Errno::EAGAIN)?;
    egg.set(1)?;
    let rung = until(PATIENCE, || Ok(Some(take()?).filter(|taken| *taken != Err(Errno::EAGAIN))))?;
    equal("what read(2) with O_NONBLOCK gives when the timer has rung", rung, Some(Ok(1)))?;
    refused("a second read(2) with O_NONBLOCK", take()?, Errno::EAGAIN)?;

    let egg = Egg::open()?;
    let reader = Reader::start(&egg)?;
    reader.sleeps("its timer is not set")?;
    reader.0.signal(Signal::SIGUSR1)?;
    match reader.halt()? {
        Some(result) => refused("a read(2) that a signal interrupts", result, Errno::EINTR)?,
        None => {
            // A reader that no signal can wake would keep this program from ending.
            egg.set(1)?;
            let _ = reader.result()?;
            bail!("a signal came while a read(2) slept, and it sleeps on");
        }
    }
    let reader = Reader::start(&egg)?;
    reader.sleeps("its timer is not set")?;
    reader.0.signal(Signal::SIGUSR2)?;
    reader.sleeps("a handler with SA_RESTART has run")?;
    egg.set(1)?;
    reader.gives("a handler with SA_RESTART has run, and then the timer has rung", 1)
}

// Step 4

fn poll_sees_it() -> Result<()> {
    let egg = Egg(open(libc::O_NONBLOCK)?);
    egg.is_readable("a timer is not set", false)?;
    egg.set(LONG)?;
    egg.is_readable("a timer has not rung", false)?;
    let file = egg.0.try_clone()?;
    let sleeper = Caller::start(move || {
        let mut files = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
        poll(&mut files, PollTimeout::NONE).map(|_| files[0].revents())
    })?;
    task::asleep_in(sleeper.task, libc::SYS_poll)?;
    egg.set(1)?;
    match receive(&sleeper.returned, PATIENCE) {
        Ok(events) => equal("what poll(2) reports when the timer has rung", events, Ok(Some(PollFlags::POLLIN)))?,
        Err(_) => bail!("poll(2) slept, for POLLIN; the timer has rung a second ago, and poll(2) sleeps on"),
    }
    egg.is_readable("a timer has rung", true)?;

    // There is something to read already: whoever queues up only if there is nothing does not queue up here.
    let epoll = Epoll::new(EpollCreateFlags::empty())?;
    epoll.add(&egg.0, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    let look = || accepted("epoll_wait(2)", epoll.wait(&mut [EpollEvent::empty()], 0_u8));
    equal("the events of epoll(7) of a timer that has rung", look()?, 1)?;
    equal("what read(2) gives after that", take(&egg.0), Ok(1))?;
    equal("the events of epoll(7) when that was read", look()?, 0)?;
    egg.is_readable("a timer has rung and was read", false)?;
    egg.set(1)?;
    let news = until(PATIENCE, || Ok(Some(look()?).filter(|count| *count > 0)))?;
    ensure!(
        news.is_some(),
        "epoll(7) got to know a timer when it had rung; it was read, has rung again, and epoll_wait(2) sees nothing of that"
    );
    Ok(())
}

// Step 5

fn its_status_is_told() -> Result<()> {
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
    // SAFETY: the request has no argument.
    refused("a request that nobody knows", unsafe { egg_unknown(egg.0.as_raw_fd()) }, Errno::ENOTTY)?;
    // SAFETY: nothing is mapped at address 0, so nothing is written there.
    refused("EGG_STATUS with a null pointer", unsafe { egg_status(egg.0.as_raw_fd(), ptr::null_mut()) }, Errno::EFAULT)
}

// Step 6

fn the_kitchen_knows() -> Result<()> {
    for name in ["running", "rung"] {
        let path = format!("{FOLDER}/{name}");
        let file = accepted(&format!("stat(2) of {path}"), fs::metadata(&path))?;
        equal(&format!("the permissions of {path}"), format!("{:o}", file.mode() & 0o777), "444".into())?;
    }
    equal("running when no timer is set", kitchen("running")?, 0)?;
    let eggs: Vec<Egg> = (0..3).map(|_| Egg::open()).collect::<Result<_>>()?;
    let before = kitchen("rung")?;
    eggs.iter().try_for_each(|egg| egg.set(LONG))?;
    equal("running when three timers are set", kitchen("running")?, 3)?;
    eggs[0].set(LONG / 2)?;
    equal("running when one of three was set again", kitchen("running")?, 3)?;
    eggs[0].set(0)?;
    equal("running when one of three was stopped", kitchen("running")?, 2)?;
    eggs[0].set(0)?;
    equal("running when one of three was stopped twice", kitchen("running")?, 2)?;
    eggs[1].set(1)?;
    eggs[1].is_rung("a timer was set to 1 ms")?;
    equal("running when one of three was stopped and one has rung", kitchen("running")?, 1)?;
    equal("rung after one timer more has rung", kitchen("rung")?, before + 1)?;
    drop(eggs);
    closed_files_ring_no_more()?;
    nothing_is_left()
}

fn closed_files_ring_no_more() -> Result<()> {
    const MANY: usize = 20;
    equal("running when no timer is set", kitchen("running")?, 0)?;
    // Only one, and nothing is opened after it: a timer that runs in memory that is free breaks whatever comes there.
    set_and_close(LONG)?;
    equal("running when the only timer that was set was closed", kitchen("running")?, 0)?;
    (0..MANY).try_for_each(|_| set_and_close(20))?;
    let before = kitchen("rung")?;
    let egg = Egg::open()?;
    egg.set(100)?;
    egg.is_rung("a timer was set to 100 ms")?;
    let more = kitchen("rung")? - before;
    ensure!(more == 1, "20 timers were set to 20 ms and their files closed, and {} have rung after that", more - 1);
    // Now and then a file is closed just when its timer rings.
    for _ in 0..100 {
        let file = open(0)?;
        set(&file, 1)?;
        thread::sleep(Duration::from_micros(fastrand::u64(800..1200)));
    }
    Ok(())
}

fn nothing_is_left() -> Result<()> {
    const MANY: usize = 200;
    let before = judge::in_use("egg")?;
    (0..MANY).try_for_each(|_| set_and_close(LONG))?;
    let kept = judge::in_use("egg")? - before;
    ensure!(kept < MANY as i64 / 2, "200 files were opened and closed, and the kernel keeps a struct egg of each");
    Ok(())
}

/// A number of the device's in /sys.
fn kitchen(name: &str) -> Result<u64> {
    let text = accepted(&format!("read(2) of {FOLDER}/{name}"), fs::read_to_string(format!("{FOLDER}/{name}")))?;
    text.trim_end().parse().map_err(|_| anyhow!("{FOLDER}/{name} should be a number, and is {text:?}"))
}

fn open(flags: libc::c_int) -> Result<File> {
    let mut options = OpenOptions::new();
    accepted("open /dev/exercise", options.read(true).write(true).custom_flags(flags).open("/dev/exercise"))
}

fn set(file: &File, ms: u32) -> Result<()> {
    let text = ms.to_string();
    equal(&format!("what write(2) of {text:?} returns"), write(file, text.as_bytes()), Ok(text.len()))
}

/// Sets the timer of a file and closes it at once.
fn set_and_close(ms: u32) -> Result<()> {
    set(&open(0)?, ms)
}

/// An open file, and its timer. Dropping it stops the timer first: before step 6, closing the file need not do that.
struct Egg(File);

impl Egg {
    fn open() -> Result<Self> {
        open(0).map(Egg)
    }

    fn set(&self, ms: u32) -> Result<()> {
        set(&self.0, ms)
    }

    /// That one read(2) gives 1.
    fn is_rung(&self, when: &str) -> Result<()> {
        Reader::start(self)?.gives(when, 1)
    }

    /// That poll(2) reports POLLIN, or nothing.
    fn is_readable(&self, state: &str, expected: bool) -> Result<()> {
        let file = self.0.try_clone()?;
        let events = within(PATIENCE, "poll(2) with a timeout of 0", move || {
            let mut files = [PollFd::new(file.as_fd(), PollFlags::POLLIN)];
            poll(&mut files, PollTimeout::ZERO).map(|_| files[0].revents())
        })?;
        match (expected, accepted("poll(2)", events)? == Some(PollFlags::POLLIN)) {
            (true, false) => bail!("{state}: a read(2) would not sleep, and poll(2) does not report POLLIN"),
            (false, true) => bail!("{state}: a read(2) would sleep, and poll(2) reports POLLIN"),
            _ => Ok(()),
        }
    }

    fn status(&self) -> Result<Status> {
        let mut status = Status { left: u64::MAX, rung: u64::MAX };
        // SAFETY: the request writes a Status, and this is one.
        accepted("EGG_STATUS", unsafe { egg_status(self.0.as_raw_fd(), &mut status) })?;
        Ok(status)
    }

    fn has(&self, state: &str, left: u64, rung: u64) -> Result<()> {
        let status = self.status()?;
        equal(&format!("left in the EGG_STATUS of a timer that {state}"), status.left, left)?;
        equal(&format!("rung in the EGG_STATUS of a timer that {state}"), status.rung, rung)
    }
}

impl Drop for Egg {
    fn drop(&mut self) {
        // Whoever cannot be stopped is what the check is about.
        let _ = write(&self.0, b"0");
    }
}

/// A thread in read(2).
struct Reader(Caller<nix::Result<u64>>);

impl Reader {
    fn start(egg: &Egg) -> Result<Self> {
        let file = egg.0.try_clone()?;
        Ok(Reader(Caller::start(move || take(&file))?))
    }

    /// What it has returned. None: it sleeps.
    fn halt(&self) -> Result<Option<nix::Result<u64>>> {
        match self.0.halt(libc::SYS_read)? {
            Some(Halt::Returned(result)) => Ok(Some(result)),
            Some(Halt::Asleep) => Ok(None),
            None => bail!("read(2) neither sleeps nor returns"),
        }
    }

    fn sleeps(&self, when: &str) -> Result<()> {
        match self.halt()? {
            None => Ok(()),
            Some(Ok(rung)) => bail!("{when}: read(2) should sleep, and gives {rung}"),
            Some(Err(errno)) => bail!("{when}: read(2) should sleep, and fails with {errno:?}"),
        }
    }

    fn gives(&self, when: &str, rung: u64) -> Result<()> {
        equal(&format!("what read(2) gives when {when},"), self.result()?, Ok(rung))
    }

    fn result(&self) -> Result<nix::Result<u64>> {
        receive(&self.0.returned, PATIENCE).map_err(|_| anyhow!("the timer has rung, and read(2) has not returned"))
    }
}

/// read(2) of how often it has rung.
fn take(egg: &File) -> nix::Result<u64> {
    let mut rung = [0; 16];
    match read(egg, &mut rung)? {
        8 => Ok(u64::from_ne_bytes(rung[..8].try_into().map_err(|_| Errno::EIO)?)),
        _ => Err(Errno::EMSGSIZE),
    }
}
