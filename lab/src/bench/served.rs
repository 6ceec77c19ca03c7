//! How soon the served book can be read, and how soon a page hears of a changed lesson.

use super::LESSON;
use crate::course::Course;
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A served book.
struct Served {
    lab: Child,
    port: u16,
}

impl Served {
    /// Starts `cargo lab serve` at any free port, and waits until it says that the book is there.
    fn start() -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        let command = command.args(["lab", "serve", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut lab = command.stderr(Stdio::null()).spawn().context("start cargo")?;
        let mut said = String::new();
        BufReader::new(lab.stdout.take().context("its output")?).read_line(&mut said)?;
        let port = said.split("localhost:").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        Ok(Served { lab, port: port.with_context(|| format!("no address in {said:?}"))? })
    }

    /// What readers' pages are told, from now on.
    fn messages(&self) -> Result<impl Iterator<Item = Value>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.write_all(b"GET /lab/events HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        Ok(lines.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // SIGKILL would leave cargo's child, which is what serves.
        let _ = kill(Pid::from_raw(self.lab.id() as i32), Signal::SIGINT);
        let _ = self.lab.wait();
    }
}

/// From the command until the book can be read.
pub fn start() -> Result<()> {
    Served::start().map(drop)
}

/// Times from a saved change of a lesson's source until its page is told that the output is still right, on all kernels.
pub fn edits(course: &Course, count: usize) -> Result<Vec<Duration>> {
    let source = course.lesson(LESSON).join("src/main.rs");
    let text = fs::read_to_string(&source).with_context(|| format!("read {}", source.display()))?;
    let served = Served::start()?;
    let mut messages = served.messages()?;
    let outcome = wait(&mut messages, "passed").and_then(|()| {
        (0..count)
            .map(|turn| {
                let started = Instant::now();
                fs::write(&source, format!("{text}// {turn}\n"))?;
                wait(&mut messages, "waiting")?;
                wait(&mut messages, "passed").map(|()| started.elapsed())
            })
            .collect()
    });
    fs::write(&source, text).context("put the source back")?;
    outcome
}

/// Waits until the lesson is in this state on all kernels.
fn wait(messages: &mut impl Iterator<Item = Value>, state: &str) -> Result<()> {
    for message in messages {
        let kernels = message["scenes"][LESSON].as_object();
        if kernels.is_some_and(|kernels| kernels.values().all(|known| known["state"] == state)) {
            return Ok(());
        }
        if message.to_string().contains("\"failed\"") {
            bail!("a lesson failed: {message}");
        }
    }
    bail!("the server is gone")
}
