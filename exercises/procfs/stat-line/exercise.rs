//! What /proc/PID/stat says about a process; see proc_pid_stat(5).

/// Three fields of its line.
#[derive(Debug, PartialEq, Eq)]
pub struct Stat {
    /// The second field without the two parentheses that the kernel puts around it.
    pub name: Vec<u8>,
    /// The third field: R, S, D, T and so on.
    pub state: char,
    /// The fourth field: the process id of the parent.
    pub parent: i32,
}

/// Takes the line apart. None if it is no such line.
pub fn parse(line: &[u8]) -> Option<Stat> {
    let line = str::from_utf8(line).ok()?;
    let mut fields = line.split(' ').skip(1);
    let name = fields.next()?.strip_prefix('(')?.strip_suffix(')')?;
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    Some(Stat { name: name.into(), state, parent })
}
