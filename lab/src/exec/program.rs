//! A program of the user's in a guest: which files it takes, how it runs there, and how it ends.

use crate::{
    build::manifest,
    lessons::shell::pass_on,
    programs,
    report::verdict::{Fault, Mistake},
    vm::{
        channel::{Heard, Spawn, TimedOut},
        guest::{Ended, Guest},
        hung::Why,
    },
};
use agent::{Exit, Request, Stream};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// What the guest's shell runs.
const SHELLS: [&str; 3] = ["sh", "ash", "dash"];

/// A program, and the files that it takes.
pub struct Program {
    /// What is run in the guest.
    pub argv: Vec<String>,
    /// Where each goes in the guest, and where it is here.
    files: Vec<(String, PathBuf)>,
    /// Holds what was compiled for it.
    _made: Option<TempDir>,
}

impl Program {
    /// The program that a command line names: a file of the host's, with the libraries that it needs, a source in C, or else a
    /// command of the guest's.
    pub fn of(words: &[String]) -> Result<Self> {
        let (name, arguments) = words.split_first().context("a program")?;
        let path = Path::new(name);
        if !path.is_file() {
            if name.contains('/') && !name.starts_with("/bin/") {
                bail!(Mistake(format!("there is no program {name}")));
            }
            return Ok(Program { argv: words.to_vec(), files: Vec::new(), _made: None });
        }
        if path.extension().is_some_and(|kind| kind == "c") {
            let made = compile(path)?;
            let file = made.path().join(path.file_stem().context("a program's name")?);
            let mut words = words.to_vec();
            words[0] = file.display().to_string();
            return Ok(Program { _made: Some(made), ..Program::of(&words)? });
        }
        let file = path.file_name().and_then(|name| name.to_str()).context("a program's name")?;
        let inside = format!("/root/{file}");
        let mut files = vec![(inside.clone(), path.to_path_buf())];
        let mut argv = interpreter(path)?;
        if let Some(interpreter) = argv.first().filter(|name| !SHELLS.contains(&name.as_str())) {
            let program = programs::find(interpreter)
                .map_err(|_| Mistake(format!("{name} is a script for {interpreter}, which is not installed")))?;
            files.extend(libraries(&program)?);
            files.push((format!("/bin/{interpreter}"), program));
        } else if argv.is_empty() {
            files.extend(libraries(path)?);
        }
        argv.push(inside);
        argv.extend(arguments.iter().cloned());
        Ok(Program { argv, files, _made: None })
    }

    /// Puts its files into the guest.
    pub fn install(&self, guest: &mut Guest) -> Result<()> {
        self.files.iter().try_for_each(|(path, file)| guest.put_file(path, 0o755, file))
    }

    /// Runs it to its end; passes on what it writes as it comes, to standard error only if that is wanted.
    pub fn run(&self, guest: &mut Guest, time: Duration, aside: bool) -> Result<Exit> {
        let argv: Vec<&str> = self.argv.iter().map(String::as_str).collect();
        let program = guest.spawn(Spawn { argv: &argv, ..Spawn::default() })?;
        guest.channel().send(Request::Input { program: program.id(), bytes: vec![] })?;
        let end = guest.deadline(time);
        loop {
            match guest.next_of(&program, &end) {
                Ok(Heard::Output(Stream::Stdout, bytes)) if !aside => pass_on(&mut io::stdout(), &bytes)?,
                Ok(Heard::Output(_, bytes)) => pass_on(&mut io::stderr(), &bytes)?,
                Ok(Heard::Exited(exit)) => return Ok(exit),
                Ok(Heard::Failed(why)) => bail!(Mistake(format!("{why}; a program of your own is named by its path"))),
                Ok(Heard::Looked(_)) => {}
                Err(error) if error.is::<TimedOut>() => {
                    let so_far = Ended { exit: Exit::Code(0), stdout: vec![], stderr: vec![], flooded: false };
                    let hung = guest.hung(&argv, Why::Late(time), so_far);
                    let _ = guest.kill(&program, Signal::SIGKILL);
                    return Err(hung.into());
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// How it ended, if that is not as it should.
pub fn outcome(exit: Exit) -> Result<()> {
    match exit {
        Exit::Code(0) => Ok(()),
        exit => Err(Fault(exit.to_string()).into()),
    }
}

/// Compiles a program of one file in C. What the compiler says of it is passed on.
fn compile(source: &Path) -> Result<TempDir> {
    let made = tempfile::tempdir().context("make a folder")?;
    let program = made.path().join(source.file_stem().context("a program's name")?);
    let mut cc = Command::new("cc");
    let status = cc.args(["-Wall", "-g", "-O1", "-o"]).arg(&program).arg(source).status().context("start cc")?;
    match status.success() {
        true => Ok(made),
        false => Err(Fault(format!("{} does not compile", source.display())).into()),
    }
}

/// The program, by its name, that a script is for, with its arguments: its first line says it. Empty for what is no script.
fn interpreter(path: &Path) -> Result<Vec<String>> {
    let mut start = [0; 128];
    let mut file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let length = file.read(&mut start).with_context(|| format!("read {}", path.display()))?;
    if start.starts_with(b"\x7fELF") {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&start[..length]).into_owned();
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else { return Ok(vec!["sh".into()]) };
    let words: Vec<&str> = line.split_whitespace().filter(|word| !word.ends_with("/env") && *word != "-S").collect();
    let Some((first, arguments)) = words.split_first() else { return Ok(vec!["sh".into()]) };
    let name = first.rsplit('/').next().unwrap_or(first);
    if ["python", "perl", "ruby", "node", "lua"].iter().any(|language| name.starts_with(language)) {
        let path = path.display();
        bail!(Mistake(format!(
            "{path} is a script for {name}, whose library the guest does not have: programs and shell scripts run there"
        )));
    }
    Ok([name].into_iter().chain(arguments.iter().copied()).map(str::to_string).collect())
}

/// The libraries of a program; none of one that is linked statically.
fn libraries(program: &Path) -> Result<Vec<(String, PathBuf)>> {
    match manifest::libraries(program) {
        Err(error) if ["not a dynamic", "statically"].iter().any(|words| format!("{error:#}").contains(words)) => {
            Ok(Vec::new())
        }
        libraries => libraries,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_its_interpreter() {
        let file = tempfile::NamedTempFile::new().expect("tempfile");
        for (text, expected) in [
            ("#!/bin/sh\n", vec!["sh"]),
            ("#!/usr/bin/env bash\nexit\n", vec!["bash"]),
            ("#! /bin/bash -e\n", vec!["bash", "-e"]),
            ("echo\n", vec!["sh"]),
            ("\x7fELF", vec![]),
        ] {
            std::fs::write(file.path(), text).expect("write");
            assert_eq!(interpreter(file.path()).expect("interpreter"), expected, "{text}");
        }
        std::fs::write(file.path(), "#!/usr/bin/python3\n").expect("write");
        assert!(interpreter(file.path()).expect_err("no library").is::<Mistake>());
    }
}
