//! An attempt in its guest: what is loaded and run there, and what is said when that goes wrong.

use super::{Built, hang};
use crate::{
    build::place,
    report::verdict::{Fault, Lost},
    vm::{
        guest::{Ended, Guest, Limits},
        hung::Hung,
    },
};
use agent::{ANSWERS, Exit};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::{ffi::OsStr, mem, time::Duration};

/// How long a check, loading or unloading may take, and how much a check may print.
const LIMITS: Limits = Limits { time: Duration::from_secs(8), bytes: 64 << 10 };

/// So many lines of what was printed are shown.
const LINES: usize = 20;

/// Where the check stands in the guest.
const CHECK: &str = "/root/check";

/// What was built, in a guest.
pub struct Run<'a> {
    /// What was built.
    pub built: &'a Built,
    /// The guest.
    pub guest: &'a mut Guest,
    /// What the check has printed.
    pub printed: String,
}

impl Run<'_> {
    /// Loads the module if there is one, runs the check, and unloads the module.
    pub fn all(&mut self) -> Result<()> {
        self.guest.put_file(CHECK, 0o755, &self.built.program.stripped)?;
        let Some(module) = &self.built.module else { return self.command(&[CHECK]) };
        let name = module.file_stem().and_then(OsStr::to_str).context("a module's name")?;
        let path = format!("/root/{name}.ko");
        self.guest.put_file(&path, 0o644, module)?;
        self.command(&[agent::PROGRAM, "insmod", &path])?;
        self.command(&[CHECK])?;
        self.command(&[agent::PROGRAM, "rmmod", name])
    }

    /// Runs a command; one that fails is at fault, and what it wrote to standard error says why.
    fn command(&mut self, argv: &[&str]) -> Result<()> {
        let ended = match self.guest.run_watched(argv, LIMITS) {
            Ok(ended) => ended,
            Err(error) => bail!(match error.downcast::<Hung>() {
                Ok(mut hung) => {
                    self.printed += &mem::take(&mut hung.stdout);
                    Fault(hang::explain(&hung, &self.guest.log(), self.built)).into()
                }
                Err(error) => blame(error),
            }),
        };
        self.printed += &String::from_utf8_lossy(&ended.stdout);
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_string();
        let what = if argv.len() > 1 { format!("{}: ", argv[1..].join(" ")) } else { String::new() };
        match ended.exit {
            _ if ended.flooded => bail!(Fault(format!("it printed more than {} bytes and was killed", LIMITS.bytes))),
            Exit::Code(0) => Ok(()),
            exit if said.is_empty() => bail!(Fault(self.with_place(format!("{what}{exit}")))),
            Exit::Signal(_) => bail!(Fault(self.with_place(format!("{what}{said}\n{}", ended.exit)))),
            Exit::Code(_) => bail!(Fault(self.with_place(format!("{what}{said}")))),
        }
    }

    /// Adds the learner's line where a process was killed by the signal that `said` names, if it was in their file.
    fn with_place(&mut self, said: String) -> String {
        let place = said.contains("SIG").then(|| self.crash(&said)).flatten();
        place.into_iter().fold(said, |said, place| format!("{said}\n{place}"))
    }

    /// Where in the learner's file the last process of the check's that a signal killed was.
    fn crash(&mut self, said: &str) -> Option<place::Place> {
        // It begins with the signal's number; the stack follows.
        let Ended { stdout, .. } = self.guest.run(&["/bin/cat", &format!("{ANSWERS}crash")], LIMITS).ok()?;
        let text = String::from_utf8(stdout).ok()?;
        let (signal, stack) = text.trim().split_once(' ')?;
        let signal = Signal::try_from(signal.parse::<i32>().ok()?).ok()?;
        let places: Vec<u64> = stack.split(' ').filter_map(|place| u64::from_str_radix(place, 16).ok()).collect();
        let found = place::in_program(&places, &self.built.program.whole, &self.built.source)?;
        said.contains(signal.as_str()).then_some(found)
    }

    /// What the check printed, for whoever looks why it fails; nothing if it printed nothing.
    pub fn printed(&self) -> String {
        let lines: Vec<&str> = self.printed.trim_end().lines().collect();
        let (left_out, shown) = lines.split_at(lines.len().saturating_sub(LINES));
        let left_out = if left_out.is_empty() { String::new() } else { format!("… {} lines\n", left_out.len()) };
        format!("{left_out}{}", shown.join("\n"))
    }
}

/// Whatever goes on in a guest is the doing of what runs there: that a command does not end, that no other can be started,
/// that nobody answers. Only a lost VM is not.
pub fn blame(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Lost>() { error } else { Fault(format!("{error:#}")).into() }
}
