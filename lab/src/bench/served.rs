//! How soon the served book can be read, and how soon a page is answered that runs something or hears of a changed lesson.

use super::LESSON;
use crate::{course::Course, vm::kernels::DEFAULT};
use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};
use tungstenite::{ClientRequestBuilder, Message, WebSocket, client};

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
        let mut output = BufReader::new(lab.stdout.take().context("its output")?);
        let mut said = String::new();
        output.read_line(&mut said)?;
        // Whoever writes to a pipe that nobody reads any more is ended by SIGPIPE.
        thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        let address = said.split("localhost:").nth(1).and_then(|rest| rest.split(' ').next()?.split_once("/?token="));
        let (port, token) = address.with_context(|| format!("no address in {said:?}"))?;
        Ok(Served { lab, port: port.parse().context("the server's port")?, token: token.to_string() })
    }

    /// A page's WebSocket, over which the first thing is asked.
    fn ask(&self, path: &str, what: &Value) -> Result<WebSocket<TcpStream>> {
        let request = ClientRequestBuilder::new(format!("ws://localhost:{}/lab/{path}", self.port).parse()?)
            .with_header("Origin", format!("http://localhost:{}", self.port))
            .with_header("Cookie", format!("crossings-{}={}", self.port, self.token));
        let (mut socket, _) = client(request, TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?)?;
        socket.send(Message::text(what.to_string()))?;
        Ok(socket)
    }

    /// Asks for a run of a part of the lesson as a page does, with changed files.
    fn run(&self, edits: &Value) -> Result<WebSocket<TcpStream>> {
        let run =
            json!({"version": 1, "kind": "run", "scene": LESSON, "part": PART, "kernel": DEFAULT, "edits": edits});
        self.ask("run", &run)
    }

    /// Runs a part of the lesson until the first line of its output has come.
    fn first_line(&self, edits: &Value) -> Result<()> {
        until("output", &mut self.run(edits)?).map(drop)
    }

    /// Runs a part of the lesson until it has ended as it should.
    fn whole(&self) -> Result<()> {
        let ended = until("ended", &mut self.run(&json!([]))?)?;
        ensure!(ended["how"] == "same", "a run went wrong: {ended}");
        Ok(())
    }

    /// Opens a shell in the chapter's kernel until it prompts.
    fn prompt(&self) -> Result<()> {
        let open = json!({"version": 1, "kind": "open", "slug": LESSON, "kernel": DEFAULT, "rows": 24, "columns": 80});
        let mut socket = self.ask("shell", &open)?;
        let mut shown = Vec::new();
        loop {
            match socket.read()? {
                Message::Binary(bytes) => shown.extend(bytes),
                Message::Text(text) => ensure!(!text.contains(r#""ended""#), "the shell has ended: {text}"),
                _ => {}
            }
            if String::from_utf8_lossy(&shown).contains("lab:") {
                return Ok(());
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

/// Waits until a run has told something of this kind.
fn until(kind: &str, socket: &mut WebSocket<TcpStream>) -> Result<Value> {
    loop {
        let told: Value = serde_json::from_str(socket.read()?.to_text()?)?;
        if told["kind"] == kind {
            return Ok(told);
        }
        ensure!(told["kind"] != "ended", "it has ended without {kind}: {told}");
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
    let served = quiet()?;
    let mut messages = served.messages()?;
    let outcome = (0..count)
        .map(|turn| {
            // What has passed before is not run again.
            let change = format!("// {turn} of {:?}\n", SystemTime::now());
            let started = Instant::now();
            fs::write(&source, format!("{text}{change}"))?;
            wait(&mut messages, "waiting")?;
            wait(&mut messages, "passed").map(|()| started.elapsed())
        })
        .collect();
    fs::write(&source, text).context("put the source back")?;
    outcome
}

/// A served book whose lessons have all run, so that nothing else is done beside what is timed.
fn quiet() -> Result<Served> {
    let served = Served::start()?;
    served.messages()?.find(|message| message["left"] == 0).context("the server is gone")?;
    Ok(served)
}

/// Times from a reader's wish to run a part of the lesson until its first line, with nothing to rebuild.
pub fn runs(count: usize) -> Result<Vec<Duration>> {
    let served = quiet()?;
    super::times(count, || served.first_line(&json!([])))
}

/// Times from a reader's wish for a shell until it prompts.
pub fn shells(count: usize) -> Result<Vec<Duration>> {
    let served = quiet()?;
    super::times(count, || served.prompt())
}

/// Times from the wish of so many readers at once to run a part of the lesson until all have been answered, none in vain.
pub fn crowds(readers: usize, count: usize) -> Result<Vec<Duration>> {
    let served = quiet()?;
    super::times(count, || {
        thread::scope(|scope| {
            let runs: Vec<_> = (0..readers).map(|_| scope.spawn(|| served.whole())).collect();
            runs.into_iter().try_for_each(|run| run.join().expect("a reader"))
        })
    })
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
    let served = quiet()?;
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
