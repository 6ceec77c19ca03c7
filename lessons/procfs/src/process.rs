//! What /proc says about processes.

use anyhow::{Context, Result};
use procfs::{
    ProcResult,
    process::{FDTarget, MMapPath, MemoryMap, Process},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    os::fd::AsRawFd,
    process::{Child, Command, Stdio},
};

// ANCHOR: field
/// The value of a line `key:\tvalue` in `text`, which is a file like /proc/self/status.
pub fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
}
// ANCHOR_END: field

// ANCHOR: resident
/// The memory of this process that is in RAM now, in bytes. It is counted for this read, page by
/// page; `VmRSS` of /proc/self/status costs less and may be behind.
pub fn resident() -> Result<u64> {
    let text =
        fs::read_to_string("/proc/self/smaps_rollup").context("read smaps_rollup")?;
    let value = field(&text, "Rss").context("no field Rss")?;
    let kib: u64 = value.trim_end_matches(" kB").parse().context("the value of Rss")?;
    Ok(kib * 1024)
}
// ANCHOR_END: resident

// ANCHOR: mapping
/// The line of /proc/self/maps that `address` belongs to.
pub fn mapping(address: usize) -> ProcResult<Option<MemoryMap>> {
    let address = address as u64;
    let maps = Process::myself()?.maps()?;
    Ok(maps.into_iter().find(|map| (map.address.0..map.address.1).contains(&address)))
}
// ANCHOR_END: mapping

/// Where a link of /proc/PID/fd points.
pub fn target(target: &FDTarget) -> String {
    match target {
        FDTarget::Path(path) => path.display().to_string(),
        other => format!("{other:?}"),
    }
}

/// What lies behind a mapping, with this program's own path as `[this program]`.
pub fn backing(map: &MemoryMap) -> String {
    let program = fs::read_link("/proc/self/exe").ok();
    match &map.pathname {
        MMapPath::Path(path) if Some(path) == program.as_ref() => {
            "[this program]".to_owned()
        }
        MMapPath::Path(path) => path.display().to_string(),
        MMapPath::Stack => "[stack]".to_owned(),
        MMapPath::Heap => "[heap]".to_owned(),
        MMapPath::Anonymous => "no file".to_owned(),
        other => format!("{other:?}"),
    }
}

// ANCHOR: child
/// Starts cat(1): its input is a pipe from us, its output is thrown away, and its errors go to
/// `letter`.
pub fn start_child(letter: File) -> io::Result<Child> {
    Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::from(letter))
        .spawn()
}

/// The files that the child has open, as /proc/PID/fd shows them.
pub fn open_files(child: &Child) -> ProcResult<Vec<(i32, FDTarget)>> {
    let mut files = Vec::new();
    for file in Process::new(child.id().cast_signed())?.fd()? {
        let file = file?;
        files.push((file.fd, file.target));
    }
    files.sort_by_key(|(descriptor, _)| *descriptor);
    Ok(files)
}
// ANCHOR_END: child

/// The number of the pipe that leads to the child's input, as /proc/self/fd shows our end of it.
pub fn pipe_to(child: &Child) -> ProcResult<Option<FDTarget>> {
    let Some(pipe) = &child.stdin else { return Ok(None) };
    Ok(Some(Process::myself()?.fd_from_fd(pipe.as_raw_fd())?.target))
}

// ANCHOR: through
/// Opens anew what the child has open as `descriptor` and reads it from the start.
pub fn read_through(child: &Child, descriptor: i32) -> io::Result<String> {
    fs::read_to_string(format!("/proc/{}/fd/{descriptor}", child.id()))
}
// ANCHOR_END: through

// ANCHOR: outlive
/// Opens the child's status, ends the child, and then uses the open file and the path once more.
pub fn outlive(mut child: Child) -> io::Result<(io::Result<usize>, io::Result<File>)> {
    let path = format!("/proc/{}/status", child.id());
    let mut status = File::open(&path)?;
    child.kill()?;
    child.wait()?;
    Ok((status.read(&mut [0; 16]), File::open(&path)))
}
// ANCHOR_END: outlive

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "VmPeak:\t   16 kB\nVmRSS:\t    8 kB\n";
        assert_eq!(field(text, "VmRSS"), Some("8 kB"));
        assert_eq!(field(text, "Vm"), None);
        assert_eq!(field(text, "RSS"), None);
    }
}
