//! Keeps a book and lines up who wants it, so that each of them is where the check wants it to be.

use judge::{Context, Result, accepted, bail, ensure, equal, receive, refused, rests, until};
use lesson::child::Child;
use nix::{
    errno::Errno,
    sys::{signal::Signal, uio::pread},
    unistd::{gettid, write},
};
use std::{
    fs::File,
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_secs(1);

pub fn check() -> Result<()> {
    let bank = open()?;
    accepted("a transfer from 0 to 1", write(&bank, b"0 1 10"))?;
    refused("a transfer from 1 to 1", write(&bank, b"1 1 10"), Errno::EINVAL)?;
    refused("a transfer of more than there is", write(&bank, b"2 3 1001"), Errno::ENOSPC)?;
    accepted("a transfer of all that there is", write(&bank, b"2 3 1000"))?;
    accepted("a transfer of all of it back", write(&bank, b"3 2 1000"))?;
    // 4294967297 is 1 in 32 bits.
    for text in ["0 1 1 junk", "0 1 4294967297", "0 1", "0 1 1\0", "audit 0 junk"] {
        refused(&format!("a write(2) of {text:?}"), write(&bank, text.as_bytes()), Errno::EINVAL)?;
    }
    equal("the sum of all accounts", sum(&bank)?, "4000\n".to_string())?;
    to_and_fro()?;
    no_money_is_on_its_way()?;
    others_go_on()?;
    who_waits_can_be_killed()
}

/// Both wait while 0 is audited, in this order.
fn to_and_fro() -> Result<()> {
    let audit = begin("audit 0")?;
    let transfers = [begin("0 1 1")?, begin("1 0 1")?];
    for (transfer, name) in transfers.iter().zip(["from 0 to 1", "from 1 to 0"]) {
        let otherwise = format!("account 0 is audited, and a transfer {name} does not wait for the end of that");
        waits(transfer, "a transfer while one in the other direction runs", &otherwise)?;
    }
    end(audit)?;
    for transfer in transfers {
        match receive(&transfer, PATIENCE) {
            Ok(result) => accepted("a transfer while one in the other direction runs", result)?,
            Err(_) => {
                bail!("transfers from 0 to 1 and from 1 to 0 run at the same time, and both have stopped for ever")
            }
        };
    }
    Ok(())
}

/// While 0 is audited, somebody wants the sum, and then money is to come to 0.
fn no_money_is_on_its_way() -> Result<()> {
    let audit = begin("audit 0")?;
    let summed = start(|bank| sum(&bank))?;
    let transfer = begin("1 0 100")?;
    end(audit)?;
    let Ok(sum) = receive(&summed, PATIENCE) else {
        bail!("somebody reads the sum while a transfer runs, and both have stopped for ever")
    };
    equal("the sum of all accounts while money moves", sum?, "4000\n".to_string())?;
    accepted("a transfer while somebody reads the sum", receive(&transfer, PATIENCE)?).map(drop)
}

/// While a transfer waits for 3, one between 0 and 1 does not.
fn others_go_on() -> Result<()> {
    let (audit, waiting) = (begin("audit 3")?, begin("2 3 1")?);
    let otherwise = "account 3 is audited, and a transfer from 2 to 3 does not wait for the end of that";
    waits(&waiting, "a transfer from 2 to 3 while 3 is audited", otherwise)?;
    let other = begin("0 1 1")?;
    match receive(&other, PATIENCE) {
        Ok(result) => accepted("a transfer from 0 to 1 while 3 is audited", result)?,
        Err(_) => bail!("a transfer waits for the audit of account 3, and one from 0 to 1 waits for that"),
    };
    end(audit)?;
    accepted("a transfer from 2 to 3 while 3 is audited", receive(&waiting, PATIENCE)?).map(drop)
}

/// Once while it waits for the one account, and once for the other. It holds all its locks by then that it can get.
fn who_waits_can_be_killed() -> Result<()> {
    for (account, book) in ["audit 0", "audit 1"].into_iter().enumerate() {
        let (bank, audit) = (open()?, begin(book)?);
        let mut waiter = Child::start(|| write(&bank, b"0 1 1000").map(drop))?;
        waiter.asleep_in(libc::SYS_write).context("a transfer from 0 to 1 while one of them is audited")?;
        waiter.signal(Signal::SIGKILL)?;
        let ended = until(PATIENCE, || Ok(waiter.try_wait()?))?;
        end(audit)?;
        let killed = format!("a process waits for account {account} with a transfer, and is killed");
        ensure!(ended.is_some(), "{killed}: it does not end before it has the account");
        let transfer = begin("0 1 1000")?;
        match receive(&transfer, PATIENCE) {
            Ok(Err(Errno::ENOSPC)) => bail!("{killed}: its money has moved nevertheless"),
            Ok(result) => accepted(&format!("{killed}: the next transfer"), result)?,
            Err(_) => bail!("{killed}: it keeps a lock, and the next transfer waits for ever"),
        };
        accepted("a transfer back", receive(&begin("1 0 1000")?, PATIENCE)?)?;
    }
    equal("the sum of all accounts after that", sum(&open()?)?, "4000\n".to_string())
}

/// That a transfer has not come to its end while an account of its two is audited.
fn waits(transfer: &Receiver<nix::Result<usize>>, call: &str, otherwise: &str) -> Result<()> {
    match transfer.try_recv() {
        Err(_) => Ok(()),
        Ok(Ok(_)) => bail!("{otherwise}"),
        Ok(refused) => accepted(call, refused).map(drop),
    }
}

/// Begins to write `text`.
fn begin(text: &'static str) -> Result<Receiver<nix::Result<usize>>> {
    start(move |bank| write(&bank, text.as_bytes()))
}

/// Begins to do something with the bank, and waits until that is done, or sleeps where it waits for somebody.
fn start<T: Send + 'static>(act: impl FnOnce(File) -> T + Send + 'static) -> Result<Receiver<T>> {
    let (task, tasks) = mpsc::channel();
    let (sender, receiver) = mpsc::channel();
    let bank = open()?;
    thread::spawn(move || {
        let _ = task.send(gettid());
        let _ = sender.send(act(bank));
        // A thread that has ended has no files in /proc.
        judge::stay();
    });
    rests(tasks.recv()?, Duration::from_millis(20))?;
    Ok(receiver)
}

/// Ends an audit.
fn end(audit: Receiver<nix::Result<usize>>) -> Result<()> {
    accepted("a write(2) of \"done\"", write(&open()?, b"done"))?;
    accepted("an audit", receive(&audit, PATIENCE)?).map(drop)
}

fn open() -> Result<File> {
    judge::open("/dev/exercise")
}

fn sum(bank: &File) -> Result<String> {
    let mut text = [0; 16];
    let length = accepted("a read(2) of the sum", pread(bank, &mut text, 0))?;
    Ok(String::from_utf8_lossy(&text[..length]).into_owned())
}
