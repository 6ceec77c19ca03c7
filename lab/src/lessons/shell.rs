//! `cargo lab shell`: a real shell in a fresh guest, with the lesson's program and module in it.

use crate::{
    build,
    course::Course,
    lessons::{lesson, log, runner::Runner},
    report::verdict::{Fault, Lost, Mistake},
    vm::{
        channel::{Channel, Heard, Program, Spawn},
        guest::Guest,
        kernel::Kernel,
        kernels::{self, DEFAULT},
    },
};
use agent::{Exit, Request, Size, Stream};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use ratatui::crossterm::terminal;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH},
    iterator::Signals,
};
use std::{
    io::{IsTerminal, Read, Write, stderr, stdin, stdout},
    process::ExitCode,
    thread,
    time::Duration,
};

/// What to have in the guest.
#[derive(clap::Args)]
pub struct Options {
    /// Lesson whose program and module to have at hand in /root, the module loaded
    slug: Option<String>,
    /// Kernel to run
    #[arg(long, value_name = "K", default_value = DEFAULT, value_parser = kernels::one())]
    kernel: String,
}

/// Runs the command. Its exit code is the shell's.
pub fn command(options: &Options) -> Result<ExitCode> {
    let mut guest = match &options.slug {
        Some(slug) => with_lesson(slug, &options.kernel)?,
        None => build::template(&options.kernel)?.clone_guest()?,
    };
    if is_interactive() {
        greet(&options.kernel, options.slug.as_deref());
    }
    let outcome = converse(&mut guest, start);
    let log = guest.settled_log().unwrap_or_else(|_| guest.log());
    match &options.slug {
        Some(slug) => log::keep(&Course::find()?, slug, &options.kernel, &log)?,
        None => log::keep_of_own("shell", &options.kernel, &log)?,
    }
    if let Some(excerpt) = lesson::excerpt(&log) {
        eprintln!("lab: the kernel reported trouble\n{excerpt}");
    }
    match outcome {
        Ok(exit) => Ok(exit_code(exit)),
        Err(error) if error.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked) => {
            Err(Fault("this kernel is gone, and nothing else: run the same command for a fresh one".into()).into())
        }
        Err(error) => Err(error),
    }
}

/// A guest with the lesson's program, and its module loaded.
fn with_lesson(slug: &str, kernel: &str) -> Result<Guest> {
    let course = Course::find()?;
    let slugs = course.chosen(&[slug.to_string()])?;
    let runner = Runner::new(&course, &slugs, &[kernel.to_string()], false)?;
    let mut guest = runner.guest(runner.template())?;
    let lesson = runner.lesson(&Kernel::find(kernel)?, slug)?;
    lesson.install(&mut guest)?;
    lesson.load(&mut guest)?;
    Ok(guest)
}

/// What a shell says of a program that has ended like this.
pub fn exit_code(exit: Exit) -> ExitCode {
    match exit {
        Exit::Code(code) => ExitCode::from(code as u8),
        Exit::Signal(signal) => ExitCode::from(128 + signal as u8),
    }
}

/// Whether somebody sits at a terminal.
fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

fn greet(kernel: &str, slug: Option<&str>) {
    eprintln!("A fresh Linux {kernel}. You are root in it, and it is thrown away when you leave: `exit` or Ctrl-D.");
    if let Some(slug) = slug {
        eprintln!(
            "The module crossings_{slug} is loaded if the lesson has one; ./{slug} runs the lesson; dmesg is the kernel's log."
        );
    }
}

/// Starts the guest's shell, on a terminal of this size and kind, or on pipes.
pub fn start(guest: &mut Guest, terminal: Option<Size>, kind: &str) -> Result<Program> {
    let argv: &[&str] = if terminal.is_some() { &["/bin/sh", "-l"] } else { &["/bin/sh"] };
    // Not `\w`: some releases of busybox write it as `~`.
    guest.spawn(Spawn { argv, env: &[("PS1", "lab:$PWD# "), ("TERM", kind)], terminal, ..Spawn::default() })
}

/// Starts a program in the guest, on a terminal of this size and kind, or on pipes, and carries bytes between the user and it
/// until it ends. Where there is no terminal, signals are carried too.
pub fn converse(
    guest: &mut Guest,
    start: impl FnOnce(&mut Guest, Option<Size>, &str) -> Result<Program>,
) -> Result<Exit> {
    let interactive = is_interactive();
    let _raw = if interactive { Some(RawTerminal::enter()?) } else { None };
    let started = start(guest, interactive.then(size), &terminal_kind())?;
    let (program, channel) = (started.id(), guest.channel());
    let aside = channel.clone();
    // Both threads end with the process: a blocking read of standard input cannot be called off.
    thread::spawn(move || if interactive { type_into(&channel, program) } else { feed(&channel, program) });
    if interactive {
        let mut changes = Signals::new([SIGWINCH]).context("watch the terminal's size")?;
        thread::spawn(move || {
            for _ in changes.forever() {
                // A size that the guest does not take is no reason to end.
                let _ = aside.send(Request::Resize { program, size: size() });
            }
        });
    } else {
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM]).context("watch for signals")?;
        thread::spawn(move || {
            let mut signals = signals.forever();
            if let Some(signal) = signals.next() {
                let _ = aside.send(Request::Kill { program, signal });
            }
            // A program may not mind, and a kernel may hang: the second one ends all of it.
            if let Some(signal) = signals.next() {
                std::process::exit(128 + signal);
            }
        });
    }
    loop {
        match guest.next_of(&started, &guest.deadline(Duration::from_secs(24 * 3600)))? {
            Heard::Output(Stream::Stderr, bytes) => pass_on(&mut stderr(), &bytes)?,
            Heard::Output(_, bytes) => pass_on(&mut stdout(), &bytes)?,
            Heard::Exited(exit) => return Ok(exit),
            Heard::Looked(_) => {}
            Heard::Failed(why) => bail!(Mistake(why)),
        }
    }
}

/// Writes at once what a program in the guest has written.
pub fn pass_on(to: &mut impl Write, bytes: &[u8]) -> Result<()> {
    to.write_all(bytes).and_then(|()| to.flush()).context("pass on what is written")
}

/// Carries what is typed to the shell, until the terminal or the guest has gone. What nobody in the guest reads is lost in the
/// end, as at any terminal: its answers are not waited for, or nobody would see that the user's terminal has gone.
fn type_into(channel: &Channel, program: u32) {
    while let Some(bytes) = next_input() {
        if channel.send(Request::Input { program, bytes }).is_err() {
            return;
        }
    }
    // A terminal has no end of file: it has gone, and with it whoever used the shell.
    let _ = channel.send(Request::Kill { program, signal: Signal::SIGHUP as i32 });
}

/// Carries standard input to the shell, all of it and its end, as fast as it is read there.
fn feed(channel: &Channel, program: u32) {
    while let Some(bytes) = next_input() {
        // Without an answer the guest has gone, and with it the shell.
        let Ok(Ok(_)) = channel.call(Request::Input { program, bytes }).map(|taken| taken.recv()) else { return };
    }
    let _ = channel.send(Request::Input { program, bytes: vec![] });
}

/// What comes next over standard input; none at its end.
fn next_input() -> Option<Vec<u8>> {
    let mut buffer = [0; 4096];
    match stdin().read(&mut buffer) {
        Ok(length @ 1..) => Some(buffer[..length].to_vec()),
        _ => None,
    }
}

fn terminal_kind() -> String {
    std::env::var("TERM").unwrap_or_else(|_| "vt100".into())
}

/// The terminal's size, or that of a classic one.
fn size() -> Size {
    let (columns, rows) = terminal::size().unwrap_or((80, 24));
    Size { rows, columns }
}

/// The user's terminal in raw mode: every key, Ctrl-C too, is the guest's. Dropping it puts the old mode back.
struct RawTerminal;

impl RawTerminal {
    fn enter() -> Result<Self> {
        terminal::enable_raw_mode().context("set the terminal's mode")?;
        Ok(RawTerminal)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = terminal::disable_raw_mode();
    }
}
