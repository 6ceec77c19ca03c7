//! `cargo lab shell`: a real shell in a fresh guest, with the lesson's program and module in it.

use crate::{
    course::Course,
    guest::{Guest, Lost},
    kernel::{KERNELS, Kernel},
    lesson,
    stage::Stage,
    verdict::Faulty,
};
use agent::{Event, Exit, Request, Size};
use anyhow::{Context, Result};
use nix::sys::{
    signal::Signal,
    termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr},
};
use signal_hook::{consts::SIGWINCH, iterator::Signals};
use std::{
    io::{IsTerminal, Read, Write, stdin, stdout},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

/// What to have in the guest.
#[derive(clap::Args)]
pub struct Options {
    /// Lesson whose program and module to have at hand in /root, the module loaded
    slug: Option<String>,
    /// Kernel to run
    #[arg(long, value_name = "K", default_value = KERNELS[0], value_parser = KERNELS)]
    kernel: String,
}

/// Runs the command. Its exit code is the shell's.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let slugs: Vec<String> = options.slug.iter().cloned().collect();
    if let Some(slug) = &options.slug {
        course.chosen(std::slice::from_ref(slug))?;
    }
    let stage = Stage::set(&course, &slugs, std::slice::from_ref(&options.kernel), false)?;
    let mut guest = stage.guest(stage.template())?;
    if let Some(slug) = &options.slug {
        let lesson = stage.lesson(&Kernel::find(&options.kernel)?, slug)?;
        lesson.install(&mut guest)?;
        lesson.load(&mut guest)?;
    }
    let interactive = stdin().is_terminal() && stdout().is_terminal();
    if interactive {
        greet(&options.kernel, options.slug.as_deref());
    }
    let outcome = converse(&mut guest, interactive);
    let log = guest.settled_log().unwrap_or_else(|_| guest.log());
    crate::log::keep(&course, options.slug.as_deref().unwrap_or("shell"), &options.kernel, &log)?;
    if let Some(excerpt) = lesson::excerpt(&log) {
        eprintln!("lab: the kernel reported trouble\n{excerpt}");
    }
    match outcome {
        Ok(Exit::Code(code)) => Ok(ExitCode::from(code as u8)),
        Ok(Exit::Signal(signal)) => Ok(ExitCode::from(128 + signal as u8)),
        Err(error) if error.downcast_ref::<Lost>().is_some_and(|lost| lost.panicked) => {
            Err(Faulty("this kernel is gone, and nothing else: run the same command for a fresh one".into()).into())
        }
        Err(error) => Err(error),
    }
}

fn greet(kernel: &str, slug: Option<&str>) {
    eprintln!("A fresh Linux {kernel}. You are root in it, and it is thrown away when you leave: `exit` or Ctrl-D.");
    if let Some(slug) = slug {
        eprintln!(
            "The module crossings_{slug} is loaded if the lesson has one; ./{slug} runs the lesson; dmesg is the kernel's log."
        );
    }
}

/// Carries bytes between the user and the guest's shell until the shell ends.
fn converse(guest: &mut Guest, interactive: bool) -> Result<Exit> {
    let _raw = if interactive { Some(RawTerminal::enter()?) } else { None };
    let shell = if interactive { vec!["/bin/sh", "-l"] } else { vec!["/bin/sh"] };
    let id = guest.spawn(&shell, &[("PS1", r"lab:\w# "), ("TERM", &terminal_kind())], interactive.then(size))?;
    let sender = guest.sender();
    let input = sender.clone();
    // Both threads end with the process: a blocking read of standard input cannot be called off.
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let length = stdin().read(&mut buffer).unwrap_or(0);
            let request = match length {
                // A terminal has no end of file: it has gone, and with it whoever used the shell.
                0 if interactive => Request::Kill { id, signal: Signal::SIGHUP as i32 },
                _ => Request::Input { id, bytes: buffer[..length].to_vec() },
            };
            if input.send(&request).is_err() || length == 0 {
                return;
            }
        }
    });
    if interactive {
        let mut changes = Signals::new([SIGWINCH]).context("watch the terminal's size")?;
        thread::spawn(move || {
            for _ in changes.forever() {
                let _ = sender.send(&Request::Resize { id, size: size() });
            }
        });
    }
    loop {
        match guest.next_event(Instant::now() + Duration::from_secs(24 * 3600))? {
            Event::Output { bytes, .. } => {
                stdout().write_all(&bytes)?;
                stdout().flush()?;
            }
            Event::Exited { exit, .. } => return Ok(exit),
            Event::Failed { why } => anyhow::bail!("start a shell: {why}"),
            _ => {}
        }
    }
}

fn terminal_kind() -> String {
    std::env::var("TERM").unwrap_or_else(|_| "vt100".into())
}

nix::ioctl_read_bad!(window_size, nix::libc::TIOCGWINSZ, nix::libc::winsize);

/// The terminal's size, or that of a classic one.
fn size() -> Size {
    let mut size = nix::libc::winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes one winsize.
    let _ = unsafe { window_size(nix::libc::STDOUT_FILENO, &mut size) };
    Size { rows: size.ws_row, columns: size.ws_col }
}

/// The user's terminal in raw mode: every key, Ctrl-C too, is the guest's. Dropping it puts the old mode back.
struct RawTerminal(Termios);

impl RawTerminal {
    fn enter() -> Result<Self> {
        let before = tcgetattr(stdin()).context("read the terminal's mode")?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(stdin(), SetArg::TCSANOW, &raw).context("set the terminal's mode")?;
        Ok(RawTerminal(before))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(stdin(), SetArg::TCSANOW, &self.0);
    }
}
