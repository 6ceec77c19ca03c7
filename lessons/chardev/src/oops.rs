//! The kernel's report of an oops, read from its log.

use nix::{errno::Errno, fcntl::OFlag, sys::stat::Mode, unistd};
use std::{fs, io};

/// What a report says. It has many more lines; these are what we reason about.
#[derive(Debug, PartialEq, Eq)]
pub struct Oops {
    /// The address that the processor did not let the kernel touch.
    pub address: u64,
    /// Who called whom, the innermost first, without offsets.
    pub trace: Vec<String>,
}

impl Oops {
    /// Reads the first report in the log. None: the kernel is fine, or this is not all of a report.
    pub fn read() -> io::Result<Option<Oops>> {
        let log = log()?;
        Ok(Oops::find(log.iter().map(String::as_str)))
    }

    fn find<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Oops> {
        let mut lines = lines.skip_while(|line| !line.starts_with("BUG: "));
        let (_, address) = lines.next()?.rsplit_once(' ')?;
        let address = u64::from_str_radix(address, 16).ok()?;
        // A caller with a `?` is one that the kernel is not sure of.
        let calls = lines
            .skip_while(|line| line.trim() != "<TASK>")
            .skip(1)
            .take_while(|line| !line.starts_with("RIP: "))
            .filter(|line| !line.trim().starts_with('?'));
        Some(Oops { address, trace: calls.map(without_offset).collect() })
    }
}

/// `vfs_write+0xf8/0x450` is `vfs_write`; the name of a module stays.
fn without_offset(call: &str) -> String {
    let (name, rest) = call.trim().split_once('+').unwrap_or((call.trim(), ""));
    let module = rest.split_once(' ').map(|(_, module)| format!(" {module}"));
    name.to_owned() + &module.unwrap_or_default()
}

/// Whether the kernel marks itself as having oopsed: taint flag `D`, bit 7.
pub fn has_died() -> io::Result<bool> {
    let flags = fs::read_to_string("/proc/sys/kernel/tainted")?;
    let flags: u64 = flags.trim().parse().map_err(io::Error::other)?;
    Ok(flags & 1 << 7 != 0)
}

/// All messages in /dev/kmsg, which hands out one with each read(2).
fn log() -> io::Result<Vec<String>> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let kmsg = nix::fcntl::open("/dev/kmsg", flags, Mode::empty())?;
    let mut messages = Vec::new();
    let mut record = [0; 8192];
    loop {
        match unistd::read(&kmsg, &mut record) {
            Ok(length) => {
                let record = String::from_utf8_lossy(&record[..length]);
                let message = record.split_once(';').map_or("", |(_, message)| message);
                messages.extend(message.lines().next().map(str::to_owned));
            }
            // Older messages made room for newer ones while we read.
            Err(Errno::EPIPE) => {}
            Err(Errno::EAGAIN) => return Ok(messages),
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_found_among_other_messages() {
        let log = "crossings: loaded\n\
            BUG: unable to handle page fault for address: 00007ffd12345678\n\
            #PF: supervisor read access in kernel mode\n\
            RIP: 0010:string+0x48/0xe0\n\
            Call Trace:\n <TASK>\n vsnprintf+0x327/0x560\n ? handle_mm_fault+0xae/0x2d0\n \
            copied_write+0x28/0x80 [crossings_chardev_copied]\n\
            RIP: 0033:0x47b7a0\n </TASK>";
        let oops = Oops::find(log.lines()).expect("an oops");
        assert_eq!(oops.address, 0x7ffd_1234_5678);
        assert_eq!(oops.trace, ["vsnprintf", "copied_write [crossings_chardev_copied]"]);
    }

    #[test]
    fn a_quiet_log_has_none() {
        assert_eq!(Oops::find("one\ntwo".lines()), None);
    }
}
