//! Step 3: requests come at the same time.

use super::{
    device::{CHUNK, Disk, PAGE, PATIENCE, SECTOR, sectors},
    module::{again, chunks},
};
use judge::{
    Context, Result, accepted,
    caller::{Caller, Halt},
    ensure, equal, receive,
};
use nix::sys::uio::pread;

/// How many chunks two programs write to at the same time.
const CHUNKS_AT_ONCE: usize = 5;

/// The step.
pub fn at_the_same_time() -> Result<()> {
    again(c"test_ms=200")?;
    let disk = Disk::open()?;
    for chunk in 0..CHUNKS_AT_ONCE {
        let place = (chunk * CHUNK) as i64;
        let first = Caller::start(move || Disk::open()?.write(place, &sectors(b'1', SECTOR)?))?;
        // The memory of the chunk is tested, or it is there already.
        let halt = first.halt(libc::SYS_pwrite64)?;
        let second = disk.write(place + PAGE as i64, &sectors(b'2', SECTOR)?);
        match halt {
            Some(Halt::Returned(written)) => written?,
            _ => receive(&first.returned, PATIENCE).context("a write(2) has not returned")??,
        };
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
