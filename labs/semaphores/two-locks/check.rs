//! Moves money to and fro between two accounts at the same time, looks at the sum meanwhile, and lets two transfers
//! between other accounts run side by side.

use check::{Result, accepted, bail, equal, refused};
use nix::{errno::Errno, sys::uio::pread, unistd::write};
use std::{
    fs::File,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

const TIMES: usize = 30;

pub fn check() -> Result<()> {
    let bank = open()?;
    accepted("a transfer from 0 to 1", write(&bank, b"0 1 10"))?;
    refused("a transfer from 1 to 1", write(&bank, b"1 1 10"), Errno::EINVAL)?;
    refused("a transfer of more than there is", write(&bank, b"2 3 1001"), Errno::ENOSPC)?;
    equal("the sum of all accounts", sum(&bank)?, "4000\n".to_string())?;
    to_and_fro()?;
    side_by_side()
}

fn to_and_fro() -> Result<()> {
    let (done, results) = mpsc::channel();
    for transfer in ["0 1 1", "1 0 1"] {
        let (bank, done) = (open()?, done.clone());
        thread::spawn(move || {
            let result = (0..TIMES).try_for_each(|_| write(&bank, transfer.as_bytes()).map(drop));
            let _ = done.send(result);
        });
    }
    let (bank, deadline) = (open()?, Instant::now() + Duration::from_secs(3));
    let mut running = 2;
    while running > 0 {
        match results.recv_timeout(Duration::from_millis(2)) {
            Ok(result) => {
                accepted("a transfer while one in the other direction runs", result)?;
                running -= 1;
            }
            // Nobody reads the sum once they stand still: that would stand still too.
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {
                let (sums, sum_of) = mpsc::channel();
                let bank = bank.try_clone()?;
                thread::spawn(move || sums.send(sum(&bank)));
                if let Ok(sum) = sum_of.recv_timeout(Duration::from_secs(1)) {
                    equal("the sum of all accounts while money moves", sum?, "4000\n".to_string())?;
                }
            }
            Err(_) => {
                bail!("transfers from 0 to 1 and from 1 to 0 run at the same time, and both have stopped for ever")
            }
        }
    }
    Ok(())
}

/// Transfers between 0 and 1 and between 2 and 3 take about as long together as the former alone.
fn side_by_side() -> Result<()> {
    let (done, results) = mpsc::channel();
    let bank = open()?;
    // This one holds 2 or 3 nearly all the time, as long as the other runs.
    let (other, stop) = (open()?, mpsc::channel::<()>());
    let holder = thread::spawn(move || {
        while stop.1.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let _ = write(&other, b"2 3 0");
        }
    });
    thread::spawn(move || done.send((0..5).try_for_each(|_| write(&bank, b"0 1 0").map(drop))));
    let result = results.recv_timeout(Duration::from_secs(2));
    drop(stop.0);
    match result {
        Ok(result) => accepted("a transfer from 0 to 1 while others run between 2 and 3", result)?,
        Err(_) => bail!("transfers between 2 and 3 keep one from 0 to 1 from ending"),
    }
    holder.join().map_err(|_| check::anyhow!("a thread panicked"))
}

fn open() -> Result<File> {
    check::open("/dev/exercise")
}

fn sum(bank: &File) -> Result<String> {
    let mut text = [0; 16];
    let length = accepted("a read(2) of the sum", pread(bank, &mut text, 0))?;
    Ok(String::from_utf8_lossy(&text[..length]).into_owned())
}
