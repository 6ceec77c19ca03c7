//! Writes texts to `speed` that are speeds, and many that are none.

use judge::{Context, Result, bail, ensure, equal, refused};
use nix::{errno::Errno, unistd::write};
use std::fs::{self, File, OpenOptions};

const SPEED: &str = "/sys/class/exercise/fan/speed";

/// Each is taken, whole, and becomes this speed.
const SPEEDS: [(&str, &str); 9] = [
    ("42", "42"),
    ("42\n", "42"),
    ("-7\n", "-7"),
    ("100\n", "100"),
    ("-100\n", "-100"),
    ("007", "7"),
    ("010", "10"),
    ("-010\n", "-10"),
    ("0", "0"),
];

/// Texts that are no number.
const NONSENSE: [&str; 12] = ["fast", "50%", "50 60", "7x", "1.5", "1e2", "0x10", "\n", "-", "--5", "5\n\n", "5\n6\n"];

/// Numbers that are no speed; what the larger ones leave in 32 or 64 bits would be.
const TOO_LARGE: [&str; 8] =
    ["101", "-101\n", "300", "65578", "4294967338", "-4294967338", "18446744073709551658", "99999999999999999999999"];

pub fn check() -> Result<()> {
    let fan = OpenOptions::new().write(true).open(SPEED).with_context(|| format!("open {SPEED}"))?;
    for (text, speed) in SPEEDS {
        equal(&format!("what a write(2) of {text:?} returns"), write(&fan, text.as_bytes()), Ok(text.len()))?;
        equal(&format!("the speed after a write(2) of {text:?}"), current()?.as_str(), speed)?;
    }
    NONSENSE.into_iter().try_for_each(|text| is_refused(&fan, text, Errno::EINVAL))?;
    TOO_LARGE.into_iter().try_for_each(|text| is_refused(&fan, text, Errno::ERANGE))
}

fn is_refused(fan: &File, text: &str, errno: Errno) -> Result<()> {
    equal("what a write(2) of \"42\" returns", write(fan, b"42"), Ok(2))?;
    let answer = write(fan, text.as_bytes());
    let speed = current()?;
    if answer.is_ok() {
        bail!("a write(2) of {text:?} should fail with {errno:?}, and is taken for a speed of {speed}");
    }
    refused(&format!("a write(2) of {text:?}"), answer, errno)?;
    ensure!(speed == "42", "a write(2) of {text:?} is refused, and yet the speed is another one afterwards");
    Ok(())
}

fn current() -> Result<String> {
    let text = fs::read_to_string(SPEED).with_context(|| format!("read {SPEED}"))?;
    Ok(text.trim_end().to_string())
}
