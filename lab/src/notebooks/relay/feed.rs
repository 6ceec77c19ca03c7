//! The way from evcxr to the cells.

use crate::vm::{channel::Channel, guest::PATIENCE};
use agent::Request;
use anyhow::{Context, Result};
use std::{fs, io::stdin, path::Path};

/// What carries evcxr's lines to the program that runs the cells.
pub struct Feed {
    /// The channel to the guest.
    pub channel: Channel,
    /// The program.
    pub cells: u32,
    /// What it is to write to its outputs when a cell has ended.
    pub mark: String,
}

impl Feed {
    /// Carries lines until evcxr has none any more. Fails when the guest does not take one, and with
    /// [`Gone`](crate::vm::channel::Gone) when it has gone.
    pub fn run(&self) -> Result<()> {
        stdin().lines().try_for_each(|line| self.line(&line.context("read what evcxr says")?))
    }

    /// `LOAD_AND_RUN OBJECT FUNCTION`: the object has to be in the guest first. Everything else is a cell's input.
    fn line(&self, line: &str) -> Result<()> {
        let mut line = line.to_string();
        if let ["LOAD_AND_RUN", object, function] = line.split(' ').collect::<Vec<_>>()[..] {
            let name = Path::new(object).file_name().and_then(|name| name.to_str()).context("the object's name")?;
            let path = format!("/lib/{name}");
            let bytes = fs::read(object).with_context(|| format!("read {object}"))?;
            self.ask(Request::Put { path: path.clone(), mode: 0o755, bytes })?;
            line = format!("LOAD_AND_RUN {path} {function} {}", self.mark);
        }
        self.ask(Request::Input { program: self.cells, bytes: (line + "\n").into() })
    }

    fn ask(&self, request: Request) -> Result<()> {
        self.channel.ask(request, PATIENCE).map(drop)
    }
}
