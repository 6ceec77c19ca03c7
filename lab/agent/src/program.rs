//! The programs that run in the guest: started with pipes or a terminal, fed, watched and reaped.

use crate::{Host, tell};
use agent::{Event, Exit, Size, Stream};
use anyhow::{Context, Result};
use nix::{
    errno::Errno,
    pty::{Winsize, openpty},
    sys::signal::{Signal, killpg},
    unistd::{Pid, setsid},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

/// One running program.
struct Program {
    pid: Pid,
    /// Where its input goes: the pipe's or the terminal's near end. `None` after end of file.
    input: Option<File>,
    /// The threads that carry its output to the host.
    output: Vec<JoinHandle<()>>,
}

/// All running programs, by the id that the host gave them.
#[derive(Clone)]
pub struct Programs {
    host: Host,
    /// Guards the table and, because it is held from before a fork until the pid is entered, promises the reaper that
    /// it finds every child that it reaps.
    table: Arc<(Mutex<HashMap<u32, Program>>, Condvar)>,
}

nix::ioctl_write_ptr_bad!(set_window_size, libc::TIOCSWINSZ, Winsize);

impl Programs {
    /// An empty table, and the thread that reaps: PID 1 inherits every orphan in the guest.
    pub fn new(host: Host) -> Self {
        let programs = Programs { host, table: Arc::default() };
        let reaper = programs.clone();
        thread::spawn(move || reaper.reap());
        programs
    }

    fn table(&self) -> MutexGuard<'_, HashMap<u32, Program>> {
        self.table.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a program in a session of its own, on pipes or on a terminal.
    pub fn spawn(&self, id: u32, command: Command, terminal: Option<Size>) -> Result<()> {
        let mut table = self.table();
        let program = match terminal {
            Some(size) => self.start_on_terminal(id, command, size)?,
            None => self.start_on_pipes(id, command)?,
        };
        table.insert(id, program);
        self.table.1.notify_one();
        Ok(())
    }

    fn start_on_pipes(&self, id: u32, mut command: Command) -> Result<Program> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: setsid(2) is async-signal-safe.
        unsafe { command.pre_exec(|| Ok(setsid().map(drop)?)) };
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take().context("stdout")?, child.stderr.take().context("stderr")?);
        Ok(Program {
            pid: Pid::from_raw(child.id() as i32),
            input: child.stdin.take().map(|pipe| OwnedFd::from(pipe).into()),
            output: vec![
                self.carry(id, Stream::Stdout, OwnedFd::from(stdout).into()),
                self.carry(id, Stream::Stderr, OwnedFd::from(stderr).into()),
            ],
        })
    }

    fn start_on_terminal(&self, id: u32, mut command: Command, size: Size) -> Result<Program> {
        let pty = openpty(&winsize(size), None).context("open a pseudo-terminal")?;
        command.stdin(pty.slave.try_clone()?).stdout(pty.slave.try_clone()?).stderr(pty.slave);
        // SAFETY: setsid(2) and ioctl(2) are async-signal-safe; descriptor 0 is the terminal by now.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                Errno::result(libc::ioctl(0, libc::TIOCSCTTY, 0))?;
                Ok(())
            })
        };
        let child = command.spawn()?;
        let master = File::from(pty.master);
        Ok(Program {
            pid: Pid::from_raw(child.id() as i32),
            output: vec![self.carry(id, Stream::Stdout, master.try_clone()?)],
            input: Some(master),
        })
    }

    /// Carries a stream to the host until it ends (EOF on a pipe, EIO on a terminal whose last user has gone).
    fn carry(&self, id: u32, stream: Stream, mut from: File) -> JoinHandle<()> {
        let host = self.host.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 32 << 10];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                tell(&host, &Event::Output { id, stream, bytes: buffer[..length].to_vec() });
            }
        })
    }

    /// Gives bytes to a program's standard input; none closes it. A program that no longer reads is not an error.
    pub fn input(&self, id: u32, bytes: &[u8]) -> Result<()> {
        let Some(mut input) = self
            .table()
            .get_mut(&id)
            .and_then(|program| match bytes {
                [] => program.input.take().map(|_| None),
                _ => program.input.as_ref().map(|file| file.try_clone().ok()),
            })
            .flatten()
        else {
            return Ok(());
        };
        let _ = input.write_all(bytes);
        Ok(())
    }

    /// Tells a program's terminal its new size; the kernel sends it SIGWINCH.
    pub fn resize(&self, id: u32, size: Size) -> Result<()> {
        if let Some(Program { input: Some(master), .. }) = self.table().get(&id) {
            // SAFETY: TIOCSWINSZ reads one winsize.
            unsafe { set_window_size(master.as_raw_fd(), &winsize(size)) }.context("set the terminal's size")?;
        }
        Ok(())
    }

    /// Sends a signal to a program's process group. One that has just ended is not an error.
    pub fn kill(&self, id: u32, signal: i32) -> Result<()> {
        if let Some(program) = self.table().get(&id) {
            let _ = killpg(program.pid, Signal::try_from(signal)?);
        }
        Ok(())
    }

    fn reap(&self) {
        loop {
            let (pid, exit) = match wait() {
                Ok(ended) => ended,
                Err(Errno::ECHILD) => {
                    // No children: sleep until the next spawn.
                    let table = self.table();
                    drop(self.table.1.wait_while(table, |table| table.is_empty()));
                    continue;
                }
                Err(_) => continue,
            };
            let mut table = self.table();
            let id = table.iter().find(|(_, program)| program.pid == pid).map(|(id, _)| *id);
            let Some((id, program)) = id.and_then(|id| table.remove_entry(&id)) else { continue };
            drop(table);
            // Whatever it left in its process group still holds its output open; nothing outlives its command.
            let _ = killpg(pid, Signal::SIGKILL);
            let host = self.host.clone();
            thread::spawn(move || {
                drop(program.input);
                for thread in program.output {
                    let _ = thread.join();
                }
                tell(&host, &Event::Exited { id, exit });
            });
        }
    }
}

/// Waits for any child to end: wait(2). nix's own `wait` fails for a child that a real-time signal killed, after reaping it.
fn wait() -> nix::Result<(Pid, Exit)> {
    let mut status = 0;
    // SAFETY: waitpid(2) writes one int.
    let pid = Errno::result(unsafe { libc::waitpid(-1, &mut status, 0) })?;
    let exit = match libc::WIFEXITED(status) {
        true => Exit::Code(libc::WEXITSTATUS(status)),
        false => Exit::Signal(libc::WTERMSIG(status)),
    };
    Ok((Pid::from_raw(pid), exit))
}

fn winsize(size: Size) -> Winsize {
    Winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 }
}
