//! Receives from a queue with a message in it, from one where a message comes later, and from one where none comes, with
//! signals and without.

use crate::exercise::receive;
use judge::{
    Context, Result, bail,
    caller::{Caller, Halt},
    ensure, refused, rests,
};
use nix::{
    errno::Errno,
    mqueue::{MQ_OFlag, MqAttr, MqdT, mq_open, mq_send, mq_unlink},
    sys::{signal::Signal, stat::Mode},
};
use std::{
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

const NAME: &str = "/exercise";

/// By how much a call may return early: the clocks that it and we look at move in steps.
const EARLY: Duration = Duration::from_millis(20);

pub fn check() -> Result<()> {
    judge::let_signals_interrupt()?;
    let queue = create()?;
    a_message_is_there(&queue)?;
    a_message_comes(&queue)?;
    no_message_comes()?;
    signals_come()?;
    let what = "receive from a queue that is open for sending only";
    refused(what, Wait::begin(MQ_OFlag::O_WRONLY, Duration::ZERO)?.end(what)?.result, Errno::EBADF)
}

/// What `receive` has returned, and after how long.
struct Received {
    result: nix::Result<Option<Vec<u8>>>,
    after: Duration,
}

/// A thread that is in `receive`, or was.
struct Wait(Caller<Received>);

/// A deadline does not matter to who need not wait. But it must be one: less than 1000000000 nanoseconds, for example.
fn a_message_is_there(queue: &MqdT) -> Result<()> {
    for patience in [Duration::ZERO, Duration::from_nanos(999_999_999), Duration::from_secs(3600)] {
        mq_send(queue, b"hello", 0)?;
        let what = format!("a message is in the queue, and receive with a patience of {patience:?}");
        let received = Wait::begin(MQ_OFlag::O_RDONLY, patience)?.end(&what)?;
        ensure!(received.result == Ok(Some(b"hello".into())), "{what} returns {}", words(&received.result));
    }
    Ok(())
}

fn a_message_comes(queue: &MqdT) -> Result<()> {
    let what = "the queue is empty, and receive with a patience of 60s";
    let wait = Wait::begin(MQ_OFlag::O_RDONLY, Duration::from_secs(60))?;
    if let Some(received) = wait.ended_within(Duration::from_millis(150), what)? {
        bail!("{what} returns {} at once", words(&received.result));
    }
    mq_send(queue, b"later", 0)?;
    let received = wait.end(what)?;
    ensure!(
        received.result == Ok(Some(b"later".into())),
        "a message comes while receive waits, and it returns {}",
        words(&received.result)
    );
    Ok(())
}

fn no_message_comes() -> Result<()> {
    let patience = Duration::from_millis(300);
    let what = "no message comes, and receive with a patience of 300ms";
    let received = Wait::begin(MQ_OFlag::O_RDONLY, patience)?.end(what)?;
    ensure!(received.result == Ok(None), "{what} returns {}", words(&received.result));
    ensure!(received.after + EARLY >= patience, "{what} returns before its time");
    let received = Wait::begin(MQ_OFlag::O_RDONLY, Duration::ZERO)?.end("receive with no patience")?;
    ensure!(received.result == Ok(None), "receive with no patience returns {}", words(&received.result));
    Ok(())
}

fn signals_come() -> Result<()> {
    for patience in [400, 800, 1600, 3200, 6400].map(Duration::from_millis) {
        if signals_come_close(patience)? {
            return Ok(());
        }
    }
    bail!("this machine is so slow that signals do not come close together")
}

/// Sends a signal each time when it has seen to the one before and a quarter of the patience has gone, until `receive`
/// returns as it should. Whether the signals came so close together that it would not have returned if each of them began
/// the wait anew.
fn signals_come_close(patience: Duration) -> Result<bool> {
    let what = format!("signals come, no message comes, and receive with a patience of {patience:?}");
    let wait = Wait::begin(MQ_OFlag::O_RDONLY, patience)?;
    let begun = Instant::now();
    let (mut signal, mut farthest) = (begun, Duration::ZERO);
    loop {
        let received = wait.ended_or_asleep(&what)?;
        // A quarter of the patience by the clock, as the patience itself is.
        let received = received.or_else(|| wait.0.returned.recv_timeout(patience / 4).ok());
        farthest = farthest.max(signal.elapsed());
        if let Some(received) = received {
            ensure!(received.result == Ok(None), "{what} returns {}", words(&received.result));
            ensure!(received.after + EARLY >= patience, "{what} returns before its time");
            return Ok(farthest < patience);
        }
        // On a slow machine it may just not have come to return; but then it does not sleep on after a signal.
        let waited = signal - begun;
        let anew = waited > 12 * patience || waited > 3 * patience && rests(wait.0.task, Duration::from_millis(10))?;
        ensure!(!anew, "{what} still waits after three times its patience: each signal begins it anew");
        signal = Instant::now();
        wait.0.signal(Signal::SIGUSR1)?;
    }
}

impl Wait {
    fn begin(direction: MQ_OFlag, patience: Duration) -> Result<Wait> {
        let queue = mq_open(NAME, direction | MQ_OFlag::O_CLOEXEC, Mode::empty(), None)?;
        let call = move || {
            let begun = Instant::now();
            let result = receive(&queue, patience);
            Received { result, after: begun.elapsed() }
        };
        Ok(Wait(Caller::start(call)?))
    }

    /// What it has returned, or nothing if it sleeps.
    fn ended_or_asleep(&self, what: &str) -> Result<Option<Received>> {
        match self.0.halt_anywhere().with_context(|| what.to_string())? {
            Some(Halt::Returned(received)) => Ok(Some(received)),
            Some(Halt::Asleep) | None => Ok(None),
        }
    }

    fn ended_within(&self, patience: Duration, what: &str) -> Result<Option<Received>> {
        match judge::receive(&self.0.returned, patience) {
            Ok(received) => Ok(Some(received)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("{what} panics"),
        }
    }

    fn end(self, what: &str) -> Result<Received> {
        self.ended_within(Duration::from_secs(3), what)?.with_context(|| format!("{what} has not returned"))
    }
}

fn words(result: &nix::Result<Option<Vec<u8>>>) -> String {
    match result {
        Ok(None) => "None".into(),
        Ok(Some(message)) => format!("the message {:?}", String::from_utf8_lossy(message)),
        Err(errno) => format!("the error {errno:?}"),
    }
}

fn create() -> Result<MqdT> {
    let _ = mq_unlink(NAME);
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_WRONLY | MQ_OFlag::O_CLOEXEC;
    Ok(mq_open(NAME, flags, Mode::S_IRUSR | Mode::S_IWUSR, Some(&MqAttr::new(0, 4, 64, 0)))?)
}
