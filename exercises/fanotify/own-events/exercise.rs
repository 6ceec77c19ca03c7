//! A scanner: it permits the opening of files, and keeps a journal of files that were written. fanotify(7).

use lesson::errno;
use nix::{
    Result,
    sys::fanotify::{Fanotify, FanotifyResponse, MaskFlags, Response},
};
use std::{
    fs::{self, File},
    io::Write,
    os::fd::{AsRawFd, BorrowedFd},
    path::{Path, PathBuf},
};

/// Takes in the events that the group has now. Nobody may open a file that begins with "virus". The name of each file that
/// another process has written to and closed is a line of the journal, which exists. EAGAIN: there is nothing to take in.
pub fn take_in(group: &Fanotify, journal: &Path) -> Result<()> {
    for event in group.read_events()? {
        let Some(file) = event.fd() else { continue };
        if event.mask().contains(MaskFlags::FAN_OPEN_PERM) {
            let verdict = if infected(file)? { Response::FAN_DENY } else { Response::FAN_ALLOW };
            group.write_response(FanotifyResponse::new(file, verdict))?;
        } else {
            note(journal, file)?;
        }
    }
    Ok(())
}

fn infected(file: BorrowedFd) -> Result<bool> {
    let contents = errno(fs::read(path(file)?))?;
    Ok(contents.starts_with(b"virus"))
}

fn note(journal: &Path, file: BorrowedFd) -> Result<()> {
    let path = path(file)?;
    let mut journal = errno(File::options().append(true).open(journal))?;
    errno(writeln!(journal, "{}", path.file_name().unwrap_or_default().display()))
}

/// Where an open file is.
fn path(file: BorrowedFd) -> Result<PathBuf> {
    errno(fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())))
}
