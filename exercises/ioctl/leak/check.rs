//! Locks the safe, tries phrases, and after each step asks for the status, through another open file. Whatever comes out
//! besides the three answers came out by mistake.

use judge::{Result, accepted, ensure, equal, refused};
use nix::errno::Errno;
use std::{fs::File, os::fd::AsRawFd, ptr};

/// `struct safe_request`.
#[repr(C)]
struct Request {
    phrase: [u8; 24],
    owner: [u8; 16],
}

/// The bytes of a `struct safe_status`: locked, a hole of 3 bytes, tries, and the owner.
type Status = [u8; 24];

/// A byte that is in no status, and in no phrase.
const UNTOLD: u8 = 0xff;

mod requests {
    nix::ioctl_write_ptr!(lock, 0xc5, 0x10, super::Request);
    nix::ioctl_write_ptr!(open, 0xc5, 0x11, super::Request);
    nix::ioctl_read!(status, 0xc5, 0x12, super::Status);
    nix::ioctl_none!(unknown, 0xc5, 0x13);
}

pub fn check() -> Result<()> {
    let safe = Safe(judge::open("/dev/exercise")?);
    safe.status("before it is ever locked", "an earlier request", (0, 0, ""))?;
    accepted("SAFE_LOCK", safe.lock("correct horse battery", "Ann"))?;
    safe.status("after SAFE_LOCK", "the passphrase", (1, 0, "Ann"))?;
    refused("SAFE_OPEN with a wrong phrase", safe.open("correct house battery"), Errno::EACCES)?;
    safe.status("after SAFE_OPEN with a wrong phrase", "the phrase that was tried", (1, 1, "Ann"))?;
    accepted("SAFE_OPEN with the right phrase", safe.open("correct horse battery"))?;
    safe.status("after SAFE_OPEN with the right phrase", "the passphrase", (0, 1, "Ann"))?;
    accepted("SAFE_LOCK", safe.lock("tr0ub4dor and 24 letters", "Rumpelstilzchen"))?;
    safe.status("after SAFE_LOCK by somebody else", "the passphrase", (1, 0, "Rumpelstilzchen"))?;
    refused("SAFE_LOCK while it is locked", safe.lock("", "Bo"), Errno::EBUSY)?;
    safe.status("after SAFE_LOCK was refused", "the passphrase", (1, 0, "Rumpelstilzchen"))?;
    accepted("SAFE_OPEN with the right phrase", safe.open("tr0ub4dor and 24 letters"))?;
    accepted("SAFE_LOCK", safe.lock("", "Bo"))?;
    safe.status("after SAFE_LOCK by an owner with a shorter name", "an earlier answer", (1, 0, "Bo"))?;
    refused("SAFE_OPEN with a wrong phrase", safe.open("four and twenty letters!"), Errno::EACCES)?;
    safe.status("after SAFE_OPEN with a long wrong phrase", "the phrase that was tried", (1, 1, "Bo"))?;
    safe.refuses_what_is_wrong()
}

struct Safe(File);

impl Safe {
    fn lock(&self, phrase: &str, owner: &str) -> nix::Result<libc::c_int> {
        // SAFETY: the request reads a Request, and this is one.
        unsafe { requests::lock(self.0.as_raw_fd(), &Request { phrase: padded(phrase), owner: padded(owner) }) }
    }

    fn open(&self, phrase: &str) -> nix::Result<libc::c_int> {
        // SAFETY: the request reads a Request, and this is one.
        unsafe { requests::open(self.0.as_raw_fd(), &Request { phrase: padded(phrase), owner: [0; 16] }) }
    }

    /// That the status is this, and that no other byte of it was set. They would be bytes `of` something else.
    fn status(&self, when: &str, of: &str, expected: (u8, u32, &str)) -> Result<()> {
        let (other, mut status) = (judge::open("/dev/exercise")?, [UNTOLD; size_of::<Status>()]);
        // SAFETY: the request writes a Status, and this is one.
        let returned = accepted("SAFE_STATUS", unsafe { requests::status(other.as_raw_fd(), &mut status) })?;
        equal("what SAFE_STATUS returns", returned, 0)?;
        ensure!(!status.contains(&UNTOLD), "SAFE_STATUS {when} does not write all of a struct safe_status");
        let [locked, hole1, hole2, hole3, t0, t1, t2, t3, name @ ..] = status;
        let length = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        let (owner, behind) = name.split_at(length);
        equal(&format!("locked in the status {when}"), locked, expected.0)?;
        equal(&format!("tries in the status {when}"), u32::from_ne_bytes([t0, t1, t2, t3]), expected.1)?;
        equal(&format!("the owner in the status {when}"), &*String::from_utf8_lossy(owner), expected.2)?;
        for (place, bytes) in [
            ("behind the end of the owner's name", behind),
            ("between the fields \"locked\" and \"tries\"", &[hole1, hole2, hole3]),
        ] {
            let kept: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            let kept = String::from_utf8_lossy(&kept);
            ensure!(kept.is_empty(), "the status {when} tells more than it should: {kept:?}, {place}, is of {of}");
        }
        Ok(())
    }

    fn refuses_what_is_wrong(&self) -> Result<()> {
        let safe = self.0.as_raw_fd();
        // SAFETY: the request has no argument.
        refused("a request that the safe does not know", unsafe { requests::unknown(safe) }, Errno::ENOTTY)?;
        // SAFETY: nothing is mapped at address 0, so nothing is read or written there.
        let results = unsafe {
            [
                ("SAFE_LOCK", requests::lock(safe, ptr::null())),
                ("SAFE_OPEN", requests::open(safe, ptr::null())),
                ("SAFE_STATUS", requests::status(safe, ptr::null_mut())),
            ]
        };
        for (name, result) in results {
            refused(&format!("{name} with a null pointer"), result, Errno::EFAULT)?;
        }
        self.status("after requests that failed", "an earlier request", (1, 1, "Bo"))
    }
}

fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    bytes
}
