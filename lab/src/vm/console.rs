//! The console of a VM, i.e. its kernel log: collected while it runs, waited on, and read for trouble.

use crate::vm::emulator::pace::Deadline;
use anyhow::Result;
use regex::Regex;
use std::{
    io::Read,
    os::unix::net::UnixStream,
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The most that is kept of a log, in bytes: no lesson writes as much, and a module in a loop must not fill the memory.
const LOG_MAX: usize = 4 << 20;

/// The collected log.
#[derive(Clone)]
pub struct Console(Arc<(Mutex<Log>, Condvar)>);

#[derive(Default)]
struct Log {
    text: String,
    ended: bool,
}

impl Console {
    /// Collects what comes from `socket` until the emulator closes it.
    pub fn collect(mut socket: UnixStream) -> Self {
        let console = Console(Arc::default());
        let writer = console.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8 << 10];
            while let Ok(length @ 1..) = socket.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).replace('\r', "");
                let mut log = writer.lock();
                if log.text.len() < LOG_MAX {
                    log.text.push_str(&text);
                }
                writer.0.1.notify_all();
            }
            writer.lock().ended = true;
            writer.0.1.notify_all();
        });
        console
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// Waits until a line contains `needle`. False when the VM ended or the `deadline` passed first.
    pub fn wait_for(&self, needle: &str, deadline: &Deadline) -> bool {
        let mut log = self.lock();
        while !log.text.contains(needle) {
            let Some(left) = deadline.left() else { return false };
            if log.ended || log.text.len() >= LOG_MAX {
                return false;
            }
            log = self.0.1.wait_timeout(log, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits for whole lines beyond the first `read` bytes, and returns all that there are. None: the emulator has ended, or
    /// more is not kept.
    pub fn lines_after(&self, read: usize) -> Option<String> {
        let mut log = self.lock();
        loop {
            let rest = log.text.get(read..).unwrap_or_default();
            if let Some(end) = rest.rfind('\n') {
                return Some(rest[..=end].to_string());
            }
            if log.ended || log.text.len() >= LOG_MAX {
                return None;
            }
            log = self.0.1.wait(log).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the emulator has closed the console, i.e. has ended.
    pub fn wait_for_end(&self, patience: Duration) -> bool {
        let log = self.lock();
        let (log, _) =
            self.0.1.wait_timeout_while(log, patience, |log| !log.ended).unwrap_or_else(PoisonError::into_inner);
        log.ended
    }
}

/// How the kernel says that something is wrong, by the first words of each kind of report: a regular expression, in what those of
/// JavaScript have too, because the pages of a site read it as well.
pub const TROUBLE: &str = concat!(
    r"BUG: |kernel BUG at |Oops: |Oops\b.*\[#\d+\]|WARNING: |Kernel panic|general protection fault",
    r"|Unable to handle|INFO: task .* blocked for more than |rcu: .*detected .*stall|INFO: rcu",
    r"|soft lockup|UBSAN: |KASAN: |KFENCE: |possible (circular|recursive) locking|suspicious RCU",
    r"|unable to handle|refcount_t: |scheduling while atomic|Out of memory|page allocation failure",
    r"|list_(add|del) corruption|suspiciously returned",
);

static PATTERN: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| Regex::new(TROUBLE));

/// The first line of a log that reports trouble, without its time stamp.
pub fn trouble(log: &str) -> Option<&str> {
    troubles(log).next()
}

/// All such lines.
pub fn troubles(log: &str) -> impl Iterator<Item = &str> {
    let pattern = PATTERN.as_ref().ok();
    log.lines().filter(move |line| pattern.is_some_and(|pattern| pattern.is_match(line))).map(message)
}

/// Whether a line has all these words.
pub fn says(line: &str, words: &str) -> bool {
    words.split_whitespace().all(|word| line.contains(word))
}

/// A line of the kernel log without its time stamp `[    1.234567] `.
pub fn message(line: &str) -> &str {
    match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((stamp, message)) if stamp.trim().parse::<f64>().is_ok() => message,
        _ => line,
    }
}

/// The lines of an oops that say what happened and where, without what differs from build to build: addresses become
/// `…`, and so do the offsets into functions. Nor whether the page tables are split (`PTI`), which the kernel decides by
/// the processor; nor a second place in the kernel, where an interrupt has found it by chance.
pub fn headlines(log: &str) -> Result<String> {
    let headline = Regex::new(r"^(BUG:|#PF:|Oops:|RIP:|WARNING:|kernel BUG|general protection|Kernel panic)")?;
    let address = Regex::new(r"\b(0x)?[0-9a-f]{8,}\b|Code: .*")?;
    let offset = Regex::new(r"\+0x[0-9a-f]+/0x[0-9a-f]+")?;
    let split = Regex::new(r"^(Oops:.*) (NO)?PTI$")?;
    let lines = log.lines().map(message).take_while(|line| !line.starts_with("---[ end"));
    let mut places = 0;
    let lines = lines.filter(|line| {
        places += usize::from(line.starts_with("RIP: 0010:"));
        headline.is_match(line) && (places < 2 || !line.starts_with("RIP: 0010:"))
    });
    let lines = lines.map(|line| {
        let line = address.replace_all(line, "…");
        let line = offset.replace_all(&line, "+…");
        format!("{}\n", split.replace(&line, "$1"))
    });
    Ok(lines.collect())
}

/// Whether the log ends within an oops or a warning: another processor may be writing it still.
pub fn is_in_report(log: &str) -> bool {
    let lines = || log.lines().map(message).enumerate();
    let last = |starts: &[&str]| {
        lines().filter(|(_, line)| starts.iter().any(|start| line.starts_with(start))).map(|(place, _)| place).last()
    };
    last(&["Oops:", "------------[ cut here"]) > last(&["---[ end"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_followed_until_the_emulator_ends() {
        let (ours, mut emulators) = UnixStream::pair().expect("socketpair");
        let console = Console::collect(ours);
        let follower = {
            let console = console.clone();
            thread::spawn(move || {
                let mut text = String::new();
                while let Some(lines) = console.lines_after(text.len()) {
                    assert!(lines.ends_with('\n'));
                    text += &lines;
                }
                text
            })
        };
        for part in ["one\ntw", "o\n", "thr"] {
            std::io::Write::write_all(&mut emulators, part.as_bytes()).expect("write");
        }
        drop(emulators);
        assert_eq!(follower.join().expect("join"), "one\ntwo\n");
    }

    #[test]
    fn a_report_has_an_end() {
        let log = "[    1.0] BUG: unable to handle page fault\n[    1.0] Oops: Oops: 0001 [#1] PREEMPT SMP\n[    1.0] RIP: 0010:f\n";
        assert!(is_in_report(log));
        assert!(!is_in_report(&format!(
            "{log}[    1.1] RIP: 0033:0x1\n[    1.2] ---[ end trace 0000000000000000 ]---\n"
        )));
        assert!(!is_in_report("[    1.0] loop: module loaded\n"));
        assert!(is_in_report("[    1.0] ------------[ cut here ]------------\n[    1.0] WARNING: CPU: 0\n"));
    }

    #[test]
    fn reports_are_found_and_chatter_is_not() {
        for report in [
            "[    3.141592] BUG: kernel NULL pointer dereference, address: 0000000000000000",
            "[    3.141592] WARNING: CPU: 0 PID: 77 at kernel/x.c:1 f+0x1/0x2 [m]",
            "[    3.141592] INFO: task insmod:77 blocked for more than 8 seconds.",
            "[    3.141592] Kernel panic - not syncing: Attempted to kill init!",
            "[    3.141592] watchdog: BUG: soft lockup - CPU#1 stuck for 21s! [insmod:77]",
            "[    3.141592] do_init_module: 'm'->init suspiciously returned 1, it should follow 0/-E convention",
        ] {
            assert_eq!(trouble(&format!("[    1.000000] fine\n{report}\n")), Some(message(report)), "{report}");
        }
        let chatter =
            "[    2.0] crossings_ioctl: loading out-of-tree module taints kernel.\n[    2.1] random: crng reseeded\n";
        assert_eq!(trouble(chatter), None);
    }

    #[test]
    fn only_a_time_stamp_is_cut_off() {
        assert_eq!(message("[    1.234567] hello"), "hello");
        assert_eq!(message("[<ffff>] f+0x1"), "[<ffff>] f+0x1");
    }

    #[test]
    fn an_oops_is_reduced_to_what_every_build_says() {
        let log = "[    4.1] BUG: unable to handle page fault for address: 00007ffd12345678\n\
                   [    4.1] CPU: 1 UID: 0 PID: 99 Comm: crash Tainted: G           OE      6.12.1\n\
                   [    4.1] Oops: Oops: 0001 [#1] PREEMPT SMP NOPTI\n\
                   [    4.1] RIP: 0010:copied_write+0x1f/0x60 [crossings_chardev_copied]\n\
                   [    4.1] RIP: 0033:0x7ffd12345678\n\
                   [    4.1] RIP: 0010:pv_native_safe_halt+0xb/0x10\n\
                   [    4.1] ---[ end trace 0000000000000000 ]---\n\
                   [    4.2] RIP: 0010:again+0x1/0x2\n";
        let every_build = "BUG: unable to handle page fault for address: …\n\
                           Oops: Oops: 0001 [#1] PREEMPT SMP\n\
                           RIP: 0010:copied_write+… [crossings_chardev_copied]\n\
                           RIP: 0033:…\n";
        assert_eq!(headlines(log).expect("headlines"), every_build);
        assert_eq!(headlines(&log.replace("NOPTI", "PTI")).expect("headlines"), every_build);
    }
}
