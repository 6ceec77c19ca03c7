//! A line of a source, found by what a stack says: a function and an offset in a module, or an address in a program.

use regex::Regex;
use std::{
    fmt::{self, Display, Formatter},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};
use walkdir::{DirEntry, WalkDir};

/// A line of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The source's name.
    pub file: String,
    /// The line's number.
    pub line: usize,
    /// The function that it belongs to.
    pub function: String,
    /// What it says.
    pub code: String,
    /// The kernel's function that is called there, if a module is at a call.
    pub calls: Option<String>,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}:{}, in {}:\n  {}", self.file, self.line, self.function, self.code)
    }
}

/// A frame in a module: `FUNCTION+0xOFFSET/0xLENGTH [MODULE]`.
static FRAME: LazyLock<Result<Regex, regex::Error>> =
    LazyLock::new(|| Regex::new(r"([\w.]+)\+0x([0-9a-f]+)/0x[0-9a-f]+ \[(\w+)"));

/// The first line of `source` that a report, or a stack, names. `module` is what was built of it.
pub fn in_module(report: &str, module: &Path, source: &Path) -> Option<Place> {
    in_sources(report, module, &[source.to_path_buf()])
}

/// The same for a module of several sources, which are in this folder and below it.
pub fn in_folder(report: &str, module: &Path, folder: &Path) -> Option<Place> {
    in_sources(report, module, &sources(folder))
}

/// The line of one of these sources that a place in a section of the module comes from.
pub fn in_section(module: &Path, section: &str, place: u64, folder: &Path) -> Option<Place> {
    let said = addr2line(module, section, place)?;
    let sources = sources(folder);
    // Two lines for each function, the innermost first: its name, and FILE:LINE.
    let lines: Vec<&str> = said.lines().collect();
    lines.chunks_exact(2).find_map(|pair| {
        let (source, line) = line_of(pair[1], &sources)?;
        self::place(source, line, pair[0])
    })
}

/// The C files in a folder and below it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().flatten().map(DirEntry::into_path);
    files.filter(|path| path.extension().is_some_and(|kind| kind == "c")).collect()
}

fn in_sources(report: &str, module: &Path, sources: &[PathBuf]) -> Option<Place> {
    report.lines().find_map(|line| of_frame(line, module, sources))
}

/// The line of a source that a frame names. A line of a report that begins with `RIP:` holds the address of an instruction, all
/// others that of the one after a call.
fn of_frame(frame: &str, module: &Path, sources: &[PathBuf]) -> Option<Place> {
    let found = FRAME.as_ref().ok()?.captures(frame)?;
    if found[3] != *module.file_stem()?.to_str()? {
        return None;
    }
    let (function, offset) = (&found[1], u64::from_str_radix(&found[2], 16).ok()?);
    let is_call = !frame.contains("RIP:");
    let (section, start) = symbol(module, function)?;
    let said = addr2line(module, &section, start + offset - u64::from(is_call && offset > 0))?;
    // The innermost first: a function of a header's may have become part of the learner's.
    let (source, line) = said.lines().find_map(|line| line_of(line, sources))?;
    let calls = if is_call { called(module, &section, start + offset) } else { None };
    let function = function.split('.').next().unwrap_or(function);
    Some(Place { calls, ..place(source, line, function)? })
}

/// What addr2line(1) says of a place in a section.
fn addr2line(module: &Path, section: &str, place: u64) -> Option<String> {
    let output = Command::new("addr2line")
        .args(["--functions", "--inlines", "--exe"])
        .arg(module)
        .args([format!("--section={section}"), format!("{place:#x}")])
        .output()
        .ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The source, of these, that `FILE:LINE` names, and the line.
fn line_of<'a>(place: &str, sources: &'a [PathBuf]) -> Option<(&'a PathBuf, usize)> {
    sources.iter().find_map(|source| Some((source, line_in(place, source.file_name()?.to_str()?)?)))
}

/// The first line of `source` that is at one of these places in a program, which are distances from its start.
pub fn in_program(places: &[u64], program: &Path, source: &Path) -> Option<Place> {
    let output = Command::new("addr2line")
        .args(["--functions", "--demangle", "--inlines", "--exe"])
        .arg(program)
        .args(places.iter().map(|place| format!("{place:#x}")))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // Two lines for each function, the innermost first: its name, and FILE:LINE.
    let lines: Vec<&str> = said.lines().collect();
    let (function, line) =
        lines.chunks_exact(2).find_map(|pair| Some((pair[0], line_in(pair[1], source.to_str()?)?)))?;
    place(source, line, &unqualified(function))
}

/// The line in `FILE:LINE` or `FILE:LINE (…)`, if the file's name ends like this.
fn line_in(place: &str, file: &str) -> Option<usize> {
    let (name, line) = place.rsplit_once(':')?;
    name.ends_with(file).then(|| line.split_whitespace().next()?.parse().ok())?
}

fn place(source: &Path, line: usize, function: &str) -> Option<Place> {
    let text = fs::read_to_string(source).ok()?;
    let code = text.lines().nth(line.checked_sub(1)?)?.trim().to_string();
    let file = source.file_name()?.to_str()?.to_string();
    Some(Place { file, line, function: function.to_string(), code, calls: None })
}

/// The name of a function in Rust without its path, and without what says which of its instances or closures it is.
fn unqualified(name: &str) -> String {
    let (mut depth, mut plain) = (0, String::new());
    for letter in name.chars() {
        depth += i32::from(letter == '<');
        if depth == 0 {
            plain.push(letter);
        }
        depth -= i32::from(letter == '>');
    }
    let is_name = |part: &&str| part.starts_with(|first: char| first.is_alphabetic() || first == '_') && !is_hash(part);
    plain.split("::").filter(is_name).last().unwrap_or(name).to_string()
}

/// Whether a part of a name is the hash that rustc's older way of mangling appends: `h` and 16 digits.
fn is_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].chars().all(|digit| digit.is_ascii_hexdigit())
}

/// The section and the address in it where a function of a module begins, as nm(1) lists them.
fn symbol(module: &Path, function: &str) -> Option<(String, u64)> {
    let output = Command::new("nm").args(["--format=sysv", "--defined-only"]).arg(module).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        match fields[..] {
            [name, value, _, "FUNC", _, _, section] if name == function => {
                Some((section.to_string(), u64::from_str_radix(value, 16).ok()?))
            }
            _ => None,
        }
    })
}

/// The function that is called by the instruction before `next`: the loader has yet to write its address into the last four
/// bytes of the instruction, and objdump(1) lists all such places of a section as `OFFSET TYPE NAME-0x4`.
fn called(module: &Path, section: &str, next: u64) -> Option<String> {
    let output = Command::new("objdump").args(["--reloc", "--section", section]).arg(module).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [offset, "R_X86_64_PLT32", value] if u64::from_str_radix(offset, 16) == Ok(next - 4) => {
                value.split(['-', '+']).next().map(str::to_string)
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_name_is_found_in_every_way_of_writing_it() {
        for (name, short) in [
            ("exercises_1a2b::exercise::write_all", "write_all"),
            ("exercise::write_all::<&std::os::fd::owned::OwnedFd>", "write_all"),
            ("exercise::scan<core::option::Option<u8>>", "scan"),
            ("exercise::write_all::{closure#0}", "write_all"),
            ("exercise::write_all::h0123456789abcdef", "write_all"),
            ("main", "main"),
        ] {
            assert_eq!(unqualified(name), short, "{name}");
        }
    }

    #[test]
    fn a_line_is_one_of_this_file_only() {
        assert_eq!(line_in("/a/learn/exercise.rs:12", "/a/learn/exercise.rs"), Some(12));
        assert_eq!(line_in("/a/learn/exercise.rs:12 (discriminator 3)", "/a/learn/exercise.rs"), Some(12));
        assert_eq!(line_in("/a/check.rs:12", "/a/learn/exercise.rs"), None);
        assert_eq!(line_in("??:?", "/a/learn/exercise.rs"), None);
    }
}
