//! Has a turnstile count into eventfds, and lets people pass: by this process and by another one that has other files under the
//! same numbers, before and after descriptors are closed, refused and replaced. Last, counts how many eventfds the kernel keeps.

use judge::{Context, Result, accepted, bail, caller::Caller, ensure, equal, receive, refused};
use lesson::{child::Child, processor::OneProcessor};
use nix::{
    errno::Errno,
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags},
        eventfd::{EfdFlags, EventFd},
    },
    unistd::write,
};
use std::{
    fs::{self, File},
    io,
    os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd},
    time::Duration,
};

const MANY: usize = 100;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the kernel has what `kzalloc` gives for a `struct gate_watcher`, of 24 bytes, with `GFP_KERNEL_ACCOUNT`.
const WATCHERS: &str = "kmalloc-cg-32";

/// As a descriptor: none.
const NOWHERE: RawFd = -1;

nix::ioctl_write_ptr!(count_into, 0xc5, 0x30, RawFd);

pub fn check() -> Result<()> {
    counts_what_passes()?;
    whoever_lets_them_pass()?;
    whatever_becomes_of_the_descriptor()?;
    refuses_what_is_wrong()?;
    until_it_is_replaced_or_closed()?;
    not_into_what_comes_later()?;
    some_leave_while_another_passes()?;
    nothing_is_left()
}

fn counts_what_passes() -> Result<()> {
    let (gate, counter) = (Gate::open()?, eventfd()?);
    gate.pass()?;
    gate.counts_into(&counter)?;
    equal("the count of people before anybody has passed", count(&counter)?, 0)?;
    for _ in 0..3 {
        gate.pass()?;
    }
    equal("the count of people when three have passed", count(&counter)?, 3)
}

/// Another process has an eventfd of its own under the number that we have told the driver.
fn whoever_lets_them_pass() -> Result<()> {
    let (gate, counter, others) = (Gate::open()?, eventfd()?, eventfd()?);
    gate.counts_into(&counter)?;
    let other = Child::start(|| {
        put_at(&others, counter.as_raw_fd())?;
        write(&gate.0, b"x").map(drop)
    })?;
    accepted("a write(2) by another process", other.wait())?;
    let (ours, theirs) = (count(&counter)?, count(&others)?);
    ensure!(
        theirs == 0,
        "another process has let somebody pass, and an eventfd that was never named to the driver has counted it: that process has \
         it under the same number"
    );
    equal("the count of people when another process has let one pass", ours, 1)
}

/// The number is given to another eventfd, and ours has another number.
fn whatever_becomes_of_the_descriptor() -> Result<()> {
    let (gate, counter, other) = (Gate::open()?, eventfd()?, eventfd()?);
    gate.counts_into(&counter)?;
    // SAFETY: it is a descriptor of an eventfd.
    let kept = unsafe { EventFd::from_owned_fd(counter.as_fd().try_clone_to_owned()?) };
    put_at(&other, counter.as_raw_fd())?;
    gate.pass()?;
    equal("what an eventfd counts that was given the old one's number", count(&other)?, 0)?;
    equal("the count of people in an eventfd whose descriptor has another number by now", count(&kept)?, 1)
}

fn refuses_what_is_wrong() -> Result<()> {
    let (gate, counter, null) = (Gate::open()?, eventfd()?, judge::open("/dev/null")?);
    gate.counts_into(&counter)?;
    let closed = null.as_fd().try_clone_to_owned()?.into_raw_fd();
    // SAFETY: it is ours, and nobody uses it any more.
    drop(unsafe { OwnedFd::from_raw_fd(closed) });
    for (what, fd, errno) in [
        ("a closed descriptor", closed, Errno::EBADF),
        ("the descriptor -2", -2, Errno::EBADF),
        ("a descriptor of /dev/null", null.as_raw_fd(), Errno::EINVAL),
        ("a descriptor of /dev/exercise itself", gate.0.as_raw_fd(), Errno::EINVAL),
    ] {
        refused(&format!("GATE_COUNT_INTO with {what}"), gate.request(fd), errno)?;
        gate.pass()?;
        let got = count(&counter)?;
        ensure!(
            got == 1,
            "GATE_COUNT_INTO with {what} has failed, and should have changed nothing: of one person who passed after that, the \
             eventfd that was named before counts {got}"
        );
    }
    // SAFETY: nothing is mapped at address 0, so nothing is read there.
    let result = unsafe { count_into(gate.0.as_raw_fd(), std::ptr::null()) };
    refused("GATE_COUNT_INTO with a null pointer", result, Errno::EFAULT)
}

fn until_it_is_replaced_or_closed() -> Result<()> {
    let (one, other, first, second) = (Gate::open()?, Gate::open()?, eventfd()?, eventfd()?);
    one.counts_into(&first)?;
    other.counts_into(&second)?;
    one.pass()?;
    counted("when it is open twice, and somebody has passed", &[(&first, 1), (&second, 1)])?;
    let third = eventfd()?;
    one.counts_into(&third)?;
    one.pass()?;
    counted("when the first eventfd was replaced by a third", &[(&first, 0), (&second, 1), (&third, 1)])?;
    accepted("GATE_NOWHERE", one.request(NOWHERE))?;
    one.pass()?;
    counted("after GATE_NOWHERE instead of the third", &[(&first, 0), (&second, 1), (&third, 0)])?;
    one.counts_into(&third)?;
    drop(other);
    one.pass()?;
    counted("when the file of the second was closed", &[(&first, 0), (&second, 0), (&third, 1)])
}

/// If the driver's reference is missing, the eventfd is freed with its last descriptor, and a later one has its place.
fn not_into_what_comes_later() -> Result<()> {
    // Memory that is freed on a processor goes to who asks next there.
    let _here = OneProcessor::stay()?;
    let (gate, counter) = (Gate::open()?, eventfd()?);
    gate.counts_into(&counter)?;
    drop(counter);
    let strangers: Vec<EventFd> = (0..MANY).map(|_| eventfd()).collect::<Result<_>>()?;
    gate.pass()?;
    for stranger in &strangers {
        ensure!(
            count(stranger)? == 0,
            "the turnstile counts into an eventfd whose last descriptor was closed, and one that was made later has counted instead"
        );
    }
    Ok(())
}

/// Many files are closed, one after the other, while somebody passes and their eventfds are counted into, in the same order: who
/// goes through the list of watchers without the lock, or leaves it without the lock, looks at memory that is free, and the
/// kernel's log tells.
fn some_leave_while_another_passes() -> Result<()> {
    const ROUNDS: usize = 3;
    // To count takes longer than to close, so that the one comes to where the other is.
    const GATES: usize = 400;
    const TOLD: usize = 400;
    let (counter, other) = (eventfd()?, Gate::open()?);
    // So many are told of each count, one after the other. Who came last is told first.
    let (many, bell) = (Epoll::new(EpollCreateFlags::empty())?, Epoll::new(EpollCreateFlags::empty())?);
    let descriptors: Vec<OwnedFd> =
        (0..TOLD).map(|_| counter.as_fd().try_clone_to_owned()).collect::<io::Result<_>>()?;
    descriptors.iter().try_for_each(|descriptor| many.add(descriptor, edge()))?;
    bell.add(&counter, edge())?;
    let here = OneProcessor::stay()?;
    for _ in 0..ROUNDS {
        let leave = (0..GATES).map(|_| Gate::open()).collect::<Result<Vec<_>>>()?;
        leave.iter().try_for_each(|gate| gate.counts_into(&counter))?;
        let passing = other.0.try_clone()?;
        let passes = here.elsewhere(|| Caller::start(move || write(&passing, b"x")))??;
        bell.wait(&mut [EpollEvent::empty()], 1000_u16)?;
        drop(leave);
        match receive(&passes.returned, PATIENCE) {
            Ok(written) => equal("what write(2) of 1 byte returns", written, Ok(1))?,
            Err(_) => bail!("a write(2) has not returned, and files were closed meanwhile"),
        }
    }
    Ok(())
}

/// Told each time that it counts, whether or not anybody has read it.
fn edge() -> EpollEvent {
    EpollEvent::new(EpollFlags::EPOLLIN | EpollFlags::EPOLLET, 0)
}

fn nothing_is_left() -> Result<()> {
    let gate = Gate::open()?;
    for (what, forget) in [
        ("replaced", (|gate| gate.counts_into(&eventfd()?)) as fn(&Gate) -> Result<()>),
        ("forgotten by GATE_NOWHERE", |gate| {
            gate.counts_into(&eventfd()?)?;
            accepted("GATE_NOWHERE", gate.request(NOWHERE)).map(drop)
        }),
        ("named by files that are closed", |_| Gate::open()?.counts_into(&eventfd()?)),
    ] {
        let before = in_use()?;
        (0..MANY).try_for_each(|_| forget(&gate))?;
        let kept = in_use()?.saturating_sub(before);
        ensure!(
            kept < MANY / 2,
            "a hundred eventfds were {what}, no program has a descriptor of them any more, and the kernel still keeps them"
        );
    }
    drop(gate);
    let before = judge::in_use(WATCHERS)?;
    (0..MANY).try_for_each(|_| Gate::open().map(drop))?;
    let kept = judge::in_use(WATCHERS)? - before;
    ensure!(
        kept < MANY as i64 / 2,
        "the turnstile was opened and closed a hundred times, and the kernel keeps a struct gate_watcher of each"
    );
    Ok(())
}

/// An open file of the turnstile.
struct Gate(File);

impl Gate {
    fn open() -> Result<Self> {
        judge::open("/dev/exercise").map(Gate)
    }

    /// Lets somebody pass.
    fn pass(&self) -> Result<()> {
        equal("what write(2) of 1 byte returns", write(&self.0, b"x"), Ok(1))
    }

    fn counts_into(&self, counter: &EventFd) -> Result<()> {
        let what = "what GATE_COUNT_INTO with the descriptor of an eventfd returns";
        equal(what, self.request(counter.as_raw_fd()), Ok(0))
    }

    fn request(&self, fd: RawFd) -> nix::Result<libc::c_int> {
        // SAFETY: the request reads an s32, and this is one.
        unsafe { count_into(self.0.as_raw_fd(), &fd) }
    }
}

fn eventfd() -> Result<EventFd> {
    accepted("eventfd(2)", EventFd::from_flags(EfdFlags::EFD_NONBLOCK))
}

/// dup2(2): from now on the number is this eventfd's, whatever had it before.
fn put_at(eventfd: &EventFd, number: RawFd) -> nix::Result<()> {
    // SAFETY: takes numbers only. Whoever owns the number goes on to own it.
    Errno::result(unsafe { libc::dup2(eventfd.as_raw_fd(), number) }).map(drop)
}

/// read(2) of all that it has counted since the last one.
fn count(counter: &EventFd) -> Result<u64> {
    match counter.read() {
        Err(Errno::EAGAIN) => Ok(0),
        result => accepted("read(2) from an eventfd", result),
    }
}

fn counted(when: &str, expected: &[(&EventFd, u64)]) -> Result<()> {
    let got = expected.iter().map(|(counter, _)| count(counter)).collect::<Result<Vec<_>>>()?;
    let expected: Vec<u64> = expected.iter().map(|(_, count)| *count).collect();
    equal(&format!("what the eventfds count {when},"), got, expected)
}

/// How many eventfds the kernel has, at least: it numbers them, and a new one gets the lowest number that is free.
fn in_use() -> Result<usize> {
    let new = eventfd()?;
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", new.as_raw_fd()))?;
    let id = info.lines().find_map(|line| line.strip_prefix("eventfd-id:")).context("an eventfd has no number")?;
    Ok(id.trim().parse()?)
}
