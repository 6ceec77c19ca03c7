//! Receives from a queue with a message in it, from one where a message comes later, and from one where none comes, with
//! signals and without.

use crate::exercise::receive;
use check::{Context, Result, bail, ensure, refused};
use nix::{
    errno::Errno,
    mqueue::{MQ_OFlag, MqAttr, MqdT, mq_open, mq_send, mq_unlink},
    sys::{
        pthread::{Pthread, pthread_kill, pthread_self},
        signal::Signal,
        stat::Mode,
    },
};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "/exercise";

/// By how much a call may return early: the clocks that it and we look at move in steps.
const EARLY: Duration = Duration::from_millis(20);

pub fn check() -> Result<()> {
    interrupt_calls()?;
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
struct Wait {
    thread: Pthread,
    receipts: mpsc::Receiver<Received>,
}

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
    let (what, comes) = ("the queue is empty, and receive with a patience of 2s", Duration::from_millis(150));
    let wait = Wait::begin(MQ_OFlag::O_RDONLY, Duration::from_secs(2))?;
    thread::sleep(comes);
    mq_send(queue, b"later", 0)?;
    let received = wait.end(what)?;
    let words = words(&received.result);
    ensure!(received.after + EARLY >= comes, "{what} returns {words} at once");
    ensure!(
        received.result == Ok(Some(b"later".into())),
        "a message comes while receive waits, and it returns {words}"
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

/// A signal each time when a quarter of the patience has gone since the last, for three times the patience at most.
fn signals_come() -> Result<()> {
    let patience = Duration::from_millis(400);
    let what = "signals come, no message comes, and receive with a patience of 400ms";
    let wait = Wait::begin(MQ_OFlag::O_RDONLY, patience)?;
    for _ in 0..12 {
        let Some(received) = wait.ended_within(patience / 4, what)? else {
            pthread_kill(wait.thread, Signal::SIGUSR1)?;
            continue;
        };
        ensure!(received.result == Ok(None), "{what} returns {}", words(&received.result));
        ensure!(received.after + EARLY >= patience, "{what} returns before its time");
        return Ok(());
    }
    bail!("{what} still waits after three times its patience: each signal begins it anew")
}

impl Wait {
    fn begin(direction: MQ_OFlag, patience: Duration) -> Result<Wait> {
        let queue = mq_open(NAME, direction | MQ_OFlag::O_CLOEXEC, Mode::empty(), None)?;
        let (thread_id, threads) = mpsc::channel();
        let (done, receipts) = mpsc::channel();
        thread::spawn(move || {
            let _ = thread_id.send(pthread_self());
            let begun = Instant::now();
            let result = receive(&queue, patience);
            let _ = done.send(Received { result, after: begun.elapsed() });
            // A thread that has ended must not be signalled.
            thread::sleep(Duration::from_secs(60));
        });
        Ok(Wait { thread: threads.recv()?, receipts })
    }

    fn ended_within(&self, time: Duration, what: &str) -> Result<Option<Received>> {
        match self.receipts.recv_timeout(time) {
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

/// A SIGUSR1 makes a sleeping call return: its handler does nothing, and there is no SA_RESTART.
fn interrupt_calls() -> Result<()> {
    check::let_signals_interrupt()?;
    Ok(())
}
