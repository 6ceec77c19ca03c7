//! What is registered with the kernel, a name a line, for whoever compares before and after. A module that left something
//! behind has also left it pointing to memory that is no longer its own: so directories are listed and nothing in them is
//! looked at, and before each file is read its name is said. Whoever reads then knows what killed the reader.

use crate::stacks::numbered;
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::Path,
};

/// Directories, and how deep each is listed.
const FOLDERS: [(&str, usize); 14] = [
    ("/dev", 2),
    ("/sys/module", 1),
    ("/sys/class", 2),
    ("/sys/bus", 3),
    ("/sys/block", 1),
    ("/sys/devices", 2),
    ("/sys/devices/virtual", 2),
    ("/sys/kernel", 1),
    ("/sys/kernel/debug", 2),
    ("/sys/kernel/slab", 1),
    ("/sys/kernel/config", 2),
    ("/sys/fs", 1),
    ("/sys/firmware", 1),
    ("/proc", 4),
];

/// Files, and how many words at the beginning of a line name a thing; 0 stands for all of them.
const FILES: [(&str, usize); 9] = [
    ("/proc/devices", 0),
    ("/proc/misc", 0),
    ("/proc/filesystems", 0),
    ("/proc/iomem", 0),
    ("/proc/ioports", 0),
    ("/proc/net/protocols", 1),
    ("/proc/net/ptype", 0),
    ("/proc/net/dev", 1),
    ("/proc/slabinfo", 1),
];

/// Kernel threads that come and go by themselves; the beginnings of their names.
const FLEETING: [&str; 2] = ["kworker/", "jbd2/"];

/// Prints all that is registered.
pub fn print() -> anyhow::Result<()> {
    let mut output = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    for (folder, depth) in FOLDERS {
        reading(&mut output, folder)?;
        list(&mut output, Path::new(folder), depth)?;
    }
    for (file, words) in FILES {
        reading(&mut output, file)?;
        for line in fs::read_to_string(file).unwrap_or_default().lines() {
            let all: Vec<&str> = line.split_whitespace().collect();
            let name = if words == 0 { all.join(" ") } else { all[..words.min(all.len())].join(" ") };
            writeln!(output, "{file}\t{}", name.trim_end_matches(':'))?;
        }
    }
    reading(&mut output, "/proc/interrupts")?;
    for line in fs::read_to_string("/proc/interrupts").unwrap_or_default().lines() {
        // How often each processor was interrupted is not what is registered.
        let is_count = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
        let words: Vec<&str> = line.split_whitespace().filter(|word| !is_count(word)).collect();
        writeln!(output, "/proc/interrupts\t{}", words.join(" "))?;
    }
    reading(&mut output, "the kernel's threads")?;
    for process in numbered("/proc") {
        // The name in proc_pid_stat(5), and the parent: all threads of the kernel are children of kthreadd, which is 2.
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { continue };
        let Some((name, rest)) = stat.split_once(" (").and_then(|(_, rest)| rest.rsplit_once(") ")) else { continue };
        if rest.split(' ').nth(1) == Some("2") && !FLEETING.iter().any(|start| name.starts_with(start)) {
            writeln!(output, "thread\t{name}")?;
        }
    }
    reading(&mut output, "the end")?;
    Ok(())
}

/// Says what is read next.
fn reading(output: &mut impl Write, what: &str) -> io::Result<()> {
    writeln!(output, "reading\t{what}")?;
    output.flush()
}

/// Lists a directory and those in it.
fn list(output: &mut impl Write, folder: &Path, depth: usize) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_process = folder == Path::new("/proc")
            && (name.bytes().all(|byte| byte.is_ascii_digit()) || ["self", "thread-self"].contains(&&*name));
        if is_process || name == "tracing" {
            continue;
        }
        writeln!(output, "name\t{}", entry.path().display())?;
        // What kind of entry it is stands in the directory itself: readdir(3).
        if depth > 1 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list(output, &entry.path(), depth - 1)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_listed_as_deep_as_it_should_be() {
        let folder = std::env::temp_dir().join(format!("survey-{}", std::process::id()));
        fs::create_dir_all(folder.join("a/b/c")).expect("mkdir");
        let mut text = Vec::new();
        list(&mut text, &folder, 2).expect("list");
        fs::remove_dir_all(&folder).expect("remove");
        let text = String::from_utf8(text).expect("UTF-8");
        let names: Vec<&str> = text.lines().filter_map(|line| line.rsplit_once('/')).map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
