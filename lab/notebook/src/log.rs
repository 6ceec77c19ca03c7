use crate::Text;
use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
};

/// Holds the number of the last record that was shown. It is a file because every cell is a shared object with variables
/// of its own.
const SHOWN: &str = "/root/.log-shown";

/// The lab writes lines that begin like this into the log to find its end.
const MARK: &str = "lab: mark ";

/// What the kernel has logged since the last call, or since this kernel is the notebook's: the messages without time
/// stamps, one a line. See `Documentation/ABI/testing/dev-kmsg`.
pub fn log() -> Text {
    let shown = fs::read_to_string(SHOWN).ok().and_then(|text| text.parse::<u64>().ok());
    let records = records();
    // The first mark is the lab's first word to a fresh clone; what stands before it is the boot.
    let first = shown
        .map(|shown| shown + 1)
        .or_else(|| records.iter().find(|(_, message)| message.starts_with(MARK)).map(|(number, _)| *number));
    if let Some((last, _)) = records.last() {
        // Without it, the next call shows the same lines again.
        let _ = fs::write(SHOWN, last.to_string());
    }
    let new = records.iter().filter(|(number, message)| Some(*number) >= first && !message.starts_with(MARK));
    Text(new.map(|(_, message)| format!("{message}\n")).collect())
}

/// All records in the kernel's buffer: their numbers and messages.
fn records() -> Vec<(u64, String)> {
    let mut records = Vec::new();
    let Ok(mut file) = File::options().read(true).custom_flags(nix::libc::O_NONBLOCK).open("/dev/kmsg") else {
        return records;
    };
    // One read returns one record, and EINVAL if it does not fit; the kernel's own programs take this size.
    let mut buffer = [0; 8192];
    loop {
        match file.read(&mut buffer) {
            Ok(length) => records.extend(record(&String::from_utf8_lossy(&buffer[..length]))),
            // EPIPE: records were overwritten before they were read; the next read goes on with the oldest.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            // EAGAIN: no more.
            Err(_) => return records,
        }
    }
}

/// `6,1234,5678901,-;message`, and lines with a space before them that say which device it is about.
fn record(text: &str) -> Option<(u64, String)> {
    let (head, rest) = text.split_once(';')?;
    Some((head.split(',').nth(1)?.parse().ok()?, rest.lines().next()?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn a_record_is_a_number_and_a_message() {
        let text = "6,1234,5678901,-;crossings: a; b\n SUBSYSTEM=usb\n";
        assert_eq!(record(text), Some((1234, "crossings: a; b".to_string())));
        assert_eq!(record("no record"), None);
    }
}
