//! How soon the served book can be read, and how soon a page hears of a changed lesson.

use super::LESSON;
use crate::{course::Course, vm::kernel::DEFAULT};
use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tungstenite::{ClientRequestBuilder, Message, client};

/// What is run of it.
const PART: &str = "request numbers";

/// A served book.
struct Served {
    lab: Child,
    port: u16,
    /// Without it, nothing runs.
    token: String,
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
        let address = said.split("localhost:").nth(1).and_then(|rest| rest.split(' ').next()?.split_once("/?token="));
        let (port, token) = address.with_context(|| format!("no address in {said:?}"))?;
        Ok(Served { lab, port: port.parse().context("the server's port")?, token: token.to_string() })
    }

    /// Runs a part of the lesson as a page does, with changed files, until the first line of its output has come.
    fn first_line(&self, edits: &Value) -> Result<()> {
        let address = format!("ws://localhost:{}/lab/run", self.port);
        let request = ClientRequestBuilder::new(address.parse()?)
            .with_header("Origin", format!("http://localhost:{}", self.port))
            .with_header("Cookie", format!("crossings-{}={}", self.port, self.token));
        let (mut socket, _) = client(request, TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?)?;
        let run =
            json!({"version": 1, "kind": "run", "scene": LESSON, "part": PART, "kernel": DEFAULT, "edits": edits});
        socket.send(Message::text(run.to_string()))?;
        loop {
            let told: Value = serde_json::from_str(socket.read()?.to_text()?)?;
            match told["kind"].as_str() {
                Some("output") => return Ok(()),
                Some("ended") => bail!("it printed nothing: {told}"),
                _ => {}
            }
        }
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

/// Times from a reader's wish to run a part of the lesson until its first line, with nothing to rebuild and nothing else to run.
pub fn runs(count: usize) -> Result<Vec<Duration>> {
    let served = Served::start()?;
    served.messages()?.find(|message| message["left"] == 0).context("the server is gone")?;
    super::times(count, || served.first_line(&json!([])))
}

/// Times from a reader's wish to run what they have changed until its first line: each time `from` in this file of the course
/// becomes another line of code, as an editor on a page has it. Nothing is written there.
pub fn changes(
    course: &Course,
    file: &str,
    from: &str,
    to: impl Fn(usize) -> String,
    count: usize,
) -> Result<Vec<Duration>> {
    let path = course.root.join(file);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    ensure!(text.contains(from), "{file} has no line {from:?}");
    let served = Served::start()?;
    served.messages()?.find(|message| message["left"] == 0).context("the server is gone")?;
    let mut turn = 0;
    super::times(count, || {
        turn += 1;
        served.first_line(&json!([{"file": file, "text": text.replacen(from, &to(turn), 1)}]))
    })
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
