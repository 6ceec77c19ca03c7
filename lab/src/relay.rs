//! `cargo lab relay`: what a notebook's kernel takes for the process that runs its cells. It clones a guest, puts each
//! compiled cell into it, and carries what the cell prints; evcxr speaks to it over standard input and output as to its
//! own runtime. One rule for all that can go wrong while a cell runs: the relay says what, and ends with the guest; then
//! evcxr fails the cell, and starts another relay for the next one.

mod runtime;

use crate::{
    cargo, console,
    course::Course,
    guest::{Guest, Lost, Sender, TimedOut, without_marks},
    kernel::{KERNELS, Kernel},
    learner::Learner,
    lesson::excerpt,
    source,
    template::Template,
    verdict::Faulty,
    verify::{self, Checker},
};
use agent::{Event, Request, Stream};
use anyhow::{Context, Result, bail};
use lab_notebook::request::{PREFIX, Reply, Request as Asked, Source};
use nix::sys::signal::Signal;
use signal_hook::{consts::SIGTERM, iterator::Signals};
use std::{
    env, fs,
    io::{BufRead, Write, stderr, stdin, stdout},
    path::Path,
    process::{self, ExitCode},
    thread,
    time::{Duration, Instant},
};

/// What evcxr waits for after a cell, and what its code prints when a cell panicked or `?` returned an error.
const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANICKED: &str = "EVCXR_PANIC_NOTIFICATION";
const RETURNED: &str = "EVCXR_ERROR_OCCURRED";

/// Between these two lines stands the value of a cell's last expression.
const BEGIN_TEXT: &str = "EVCXR_BEGIN_CONTENT text/plain";
const END: &str = "EVCXR_END_CONTENT";

/// How often the kernel's log is looked at while a cell runs: one that hangs in the kernel says nothing itself.
const GLANCE: Duration = Duration::from_millis(200);

/// How long a cell that is given up may take to end.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// evcxr reads the two outputs with two threads; this much later, it has read what was written to standard error.
const HEAD_START: Duration = Duration::from_millis(10);

/// What follows when a relay ends with its guest.
const GONE: &str = "The next cell gets a fresh kernel: variables and modules are gone.";

/// Runs the command.
pub fn command() -> Result<ExitCode> {
    if env::var_os("EVCXR_IS_RUNTIME").is_none() {
        bail!("`cargo lab relay` is started by a notebook's kernel: `make notebook` opens one");
    }
    let mut signals = Signals::new([SIGTERM]).context("watch for SIGTERM")?;
    thread::spawn(move || {
        // The process that started this one was killed, which is evcxr's way to interrupt a cell.
        if signals.forever().next().is_some() {
            eprintln!("Interrupted. {GONE}");
            process::exit(1);
        }
    });
    let mut relay = Relay::start()?;
    match relay.carry() {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            relay.give_up();
            eprintln!("{error:#}\n{GONE}");
            Ok(ExitCode::FAILURE)
        }
    }
}

struct Relay {
    course: Course,
    kernel: Kernel,
    guest: Guest,
    /// The program in the guest that runs the cells.
    cells: u32,
    /// What the running cell has printed since the end of its last line.
    line: Vec<u8>,
    /// The same for standard error.
    error_line: Vec<u8>,
    /// The beginning of a content that the cell shows, until it is known whether there is anything to see.
    content: Option<String>,
    /// How the running cell has failed.
    failure: Option<&'static str>,
    /// The outputs on which the running cell has ended.
    ended: usize,
    /// How much of the kernel's log was looked at.
    looked_at: usize,
}

impl Relay {
    fn start() -> Result<Self> {
        let course = Course::find()?;
        let template = Template::of(Kernel::find(KERNELS[0])?, &cargo::agent()?)?;
        let mut guest = template.clone_guest()?;
        for (path, file) in runtime::files(&course)? {
            guest.put_file(&path, 0o755, &file)?;
        }
        // `log()` in a cell begins behind this mark.
        guest.settled_log()?;
        let looked_at = guest.log().len();
        let cells = guest.spawn(&["/bin/cell"], &[("LD_LIBRARY_PATH", "/lib")], None)?;
        let sender = guest.sender();
        // Ends with the process: a blocking read of standard input cannot be called off.
        thread::spawn(move || {
            let result = stdin().lock().lines().try_for_each(|line| feed(&sender, cells, &line?));
            // End of file: evcxr ends, or was killed.
            process::exit(result.map_or_else(|error| said(&error), |()| 0));
        });
        let kernel = template.kernel;
        Ok(Relay {
            course,
            kernel,
            guest,
            cells,
            line: Vec::new(),
            error_line: Vec::new(),
            content: None,
            failure: None,
            ended: 0,
            looked_at,
        })
    }

    /// Carries what the cells print until something goes wrong.
    fn carry(&mut self) -> Result<()> {
        loop {
            match self.guest.next_event(Instant::now() + GLANCE) {
                Ok(Event::Output { id, stream, bytes }) if id == self.cells => self.output(stream, &bytes)?,
                Ok(Event::Exited { id, exit }) if id == self.cells => {
                    self.look_at_log()?;
                    bail!("The process that runs the cells ended: {exit}.");
                }
                Ok(Event::Failed { why }) => bail!("{why}"),
                Ok(_) => {}
                Err(error) if error.is::<TimedOut>() => self.look_at_log()?,
                Err(error) if error.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked) => {
                    self.look_at_log()?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn output(&mut self, stream: Stream, bytes: &[u8]) -> Result<()> {
        for byte in bytes {
            let line = match stream {
                Stream::Stdout => &mut self.line,
                Stream::Stderr => &mut self.error_line,
            };
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            let line = std::mem::take(line);
            match stream {
                Stream::Stdout => self.line(&line)?,
                Stream::Stderr if line == COMPLETE.as_bytes() => self.end_of_cell()?,
                Stream::Stderr => write_line(&mut stderr().lock(), &line)?,
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(line);
        // A cell's last line may have no end of its own.
        if let Some(rest) = text.strip_suffix(COMPLETE).filter(|rest| !rest.is_empty()) {
            self.line(rest.as_bytes())?;
            return self.end_of_cell();
        }
        // evcxr shows the value of a cell that ends with a loop: BEGIN, `()`, END.
        let seen = match (self.content.take(), &*text) {
            (None, BEGIN_TEXT) => Some(BEGIN_TEXT.to_string()),
            (Some(begin), "()") if begin == BEGIN_TEXT => Some(format!("{begin}\n()")),
            (Some(_), END) => return Ok(()),
            (Some(begin), _) => {
                write_line(&mut stdout().lock(), begin.as_bytes())?;
                None
            }
            (None, _) => None,
        };
        if seen.is_some() {
            self.content = seen;
            return Ok(());
        }
        match &*text {
            COMPLETE => return self.end_of_cell(),
            PANICKED => self.failure = Some("The cell panicked."),
            RETURNED => self.failure = Some("The cell returned an error."),
            _ => match text.split_once(PREFIX) {
                None => write_line(&mut stdout().lock(), line)?,
                Some((before, request)) => {
                    if !before.is_empty() {
                        write_line(&mut stdout().lock(), before.as_bytes())?;
                    }
                    self.answer(request)?;
                }
            },
        }
        Ok(())
    }

    /// A cell has ended on one of its outputs; once it has on both, nothing of its is under way any more.
    fn end_of_cell(&mut self) -> Result<()> {
        self.ended += 1;
        if self.ended < 2 {
            return Ok(());
        }
        self.ended = 0;
        self.guest.wait_for_log()?;
        self.look_at_log()?;
        if let Some(failure) = self.failure.take() {
            bail!("{failure}");
        }
        thread::sleep(HEAD_START);
        write_line(&mut stdout().lock(), COMPLETE.as_bytes())
    }

    /// Fails when the kernel has reported trouble since the last look.
    fn look_at_log(&mut self) -> Result<()> {
        let log = self.guest.log();
        let new = &log[self.looked_at.min(log.len())..];
        if excerpt(new).is_some() {
            // A report comes in many lines; wait for the rest.
            let _ = self.guest.wait_for_log();
            let log = self.guest.log();
            let new = without_marks(&log[self.looked_at.min(log.len())..]);
            crate::log::keep(&self.course, "notebook", &self.kernel.name, &without_marks(&log))?;
            let report = Some(console::headlines(&new)?).filter(|lines| !lines.is_empty()).or_else(|| excerpt(&new));
            let report = report.unwrap_or_default();
            bail!(Faulty(format!(
                "The kernel reported trouble; `cargo lab log notebook` shows all of it.\n{}",
                report.trim_end()
            )));
        }
        // The last line may not be whole yet.
        self.looked_at += new.rfind('\n').map_or(0, |end| end + 1);
        Ok(())
    }

    /// Carries out a cell's request, and gives it the reply.
    fn answer(&mut self, request: &str) -> Result<()> {
        let request = serde_json::from_str(request).context("read the cell's request")?;
        let reply = match request {
            Asked::Build(source) => self.build(&source),
            Asked::Verify(id) => self.verify(&id).map(|said| vec![said]),
        };
        let reply: Reply = reply.map_err(|error| format!("{error:#}"));
        let line = format!("{}\n", serde_json::to_string(&reply)?);
        self.guest.sender().send(&Request::Input { id: self.cells, bytes: line.into() })?;
        Ok(())
    }

    /// Builds a module and puts it into the guest; returns the names of the modules to load.
    fn build(&self, source: &Source) -> Result<Vec<String>> {
        let modules = source::build(&self.course, &self.kernel, source)?;
        modules.iter().map(|path| put_module(&self.guest.sender(), path)).collect()
    }

    /// Checks the learner's copy of an exercise, in a guest of its own; returns why it works.
    fn verify(&self, id: &str) -> Result<String> {
        let learner = Learner::of(&self.course);
        let exercise = verify::one(&self.course, &learner, Some(id))?;
        let attempt = learner.begin(&exercise)?;
        let place = || format!("{} does not pass yet; your copy is {}", exercise.id, attempt.file.display());
        Checker::new(&self.course)?.check(&learner, &attempt).with_context(place)?;
        Ok(format!("{} passes. {}\n", exercise.id, exercise.explanation))
    }

    /// Kills the cell and carries what it has said until then.
    fn give_up(&mut self) {
        let kill = Request::Kill { id: self.cells, signal: Signal::SIGKILL as i32 };
        let deadline = Instant::now() + LAST_WORDS;
        if self.guest.sender().send(&kill).is_err() {
            return;
        }
        while let Ok(event) = self.guest.next_event(deadline) {
            match event {
                Event::Exited { id, .. } if id == self.cells => break,
                Event::Output { id, stream: Stream::Stderr, bytes } if id == self.cells => {
                    let _ = stderr().write_all(&bytes);
                }
                // What the cell printed, but nothing that is for evcxr or for the lab: neither will answer any more.
                Event::Output { id, stream: Stream::Stdout, bytes } if id == self.cells => self.line.extend(bytes),
                _ => {}
            }
        }
        let private = |line: &[u8]| line.starts_with(b"EVCXR_") || line.starts_with(PREFIX.as_bytes());
        for line in self.line.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !private(line)) {
            let _ = write_line(&mut stdout().lock(), line);
        }
    }
}

/// One line from evcxr. `LOAD_AND_RUN OBJECT FUNCTION`: the object has to be in the guest first. Everything
/// else is a cell's input.
fn feed(sender: &Sender, cells: u32, line: &str) -> Result<()> {
    let mut line = line.to_string();
    if let ["LOAD_AND_RUN", object, function] = line.split(' ').collect::<Vec<_>>()[..] {
        let name = Path::new(object).file_name().and_then(|name| name.to_str()).context("the object's name")?;
        let path = format!("/lib/{name}");
        let bytes = fs::read(object).with_context(|| format!("read {object}"))?;
        sender.send(&Request::Put { path: path.clone(), mode: 0o755, bytes })?;
        line = format!("LOAD_AND_RUN {path} {function}");
    }
    Ok(sender.send(&Request::Input { id: cells, bytes: (line + "\n").into() })?)
}

/// Puts a module into `/root`, and returns its name.
fn put_module(sender: &Sender, path: &Path) -> Result<String> {
    let name = path.file_stem().and_then(|name| name.to_str()).context("a module's name")?.to_string();
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    sender.send(&Request::Put { path: format!("/root/{name}.ko"), mode: 0o644, bytes })?;
    Ok(name)
}

fn write_line(output: &mut impl Write, line: &[u8]) -> Result<()> {
    output.write_all(&[line, b"\n"].concat())?;
    Ok(output.flush()?)
}

fn said(error: &anyhow::Error) -> i32 {
    eprintln!("{error:#}\n{GONE}");
    1
}
