//! Keeps a book for a moment and lines up who wants it, so that each of them is where the check wants it to be.

use check::{Result, accepted, bail, equal, refused};
use nix::{errno::Errno, sys::uio::pread, unistd::write};
use std::{
    fs::File,
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// Longer than it takes to get to a lock, and much shorter than an audit.
const STEP: Duration = Duration::from_millis(20);

pub fn check() -> Result<()> {
    let bank = open()?;
    accepted("a transfer from 0 to 1", write(&bank, b"0 1 10"))?;
    refused("a transfer from 1 to 1", write(&bank, b"1 1 10"), Errno::EINVAL)?;
    refused("a transfer of more than there is", write(&bank, b"2 3 1001"), Errno::ENOSPC)?;
    equal("the sum of all accounts", sum(&bank)?, "4000\n".to_string())?;
    to_and_fro()?;
    no_money_is_on_its_way()?;
    others_go_on()
}

/// Both wait while 0 is audited, in this order.
fn to_and_fro() -> Result<()> {
    let results = [begin("audit 0")?, begin("0 1 1")?, begin("1 0 1")?];
    for result in results {
        match result.recv_timeout(Duration::from_secs(1)) {
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
    let (sums, summed) = mpsc::channel();
    let bank = open()?;
    thread::spawn(move || sums.send(sum(&bank)));
    thread::sleep(STEP);
    let transfer = begin("1 0 100")?;
    let Ok(sum) = summed.recv_timeout(Duration::from_secs(1)) else {
        bail!("somebody reads the sum while a transfer runs, and both have stopped for ever")
    };
    equal("the sum of all accounts while money moves", sum?, "4000\n".to_string())?;
    accepted("a transfer while somebody reads the sum", transfer.recv()?)?;
    accepted("an audit", audit.recv()?).map(drop)
}

/// While a transfer waits for 3, one between 0 and 1 does not.
fn others_go_on() -> Result<()> {
    let (audit, waits) = (begin("audit 3")?, begin("2 3 1")?);
    let other = begin("0 1 1")?;
    match other.try_recv() {
        Ok(result) => accepted("a transfer from 0 to 1 while 3 is audited", result)?,
        Err(_) => bail!("a transfer waits for the audit of account 3, and one from 0 to 1 waits for that"),
    };
    accepted("a transfer from 2 to 3 while 3 is audited", waits.recv()?)?;
    accepted("an audit", audit.recv()?).map(drop)
}

/// Begins to write `text`, and gives it time to get where it waits.
fn begin(text: &'static str) -> Result<Receiver<nix::Result<usize>>> {
    let (sender, receiver) = mpsc::channel();
    let bank = open()?;
    thread::spawn(move || sender.send(write(&bank, text.as_bytes())));
    thread::sleep(STEP);
    Ok(receiver)
}

fn open() -> Result<File> {
    check::open("/dev/exercise")
}

fn sum(bank: &File) -> Result<String> {
    let mut text = [0; 16];
    let length = accepted("a read(2) of the sum", pread(bank, &mut text, 0))?;
    Ok(String::from_utf8_lossy(&text[..length]).into_owned())
}
