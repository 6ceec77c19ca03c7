//! The programs that run in the guest: started with pipes or a terminal, fed, watched and reaped.

use crate::{channel::Channel, input::Input, watch::Watch};
use agent::{Exit, News, Size, Stream};
use anyhow::{Context, Result};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    pty::{Winsize, openpty},
    sys::{
        signal::{Signal, killpg},
        stat::Mode,
    },
    unistd::{Pid, mkfifo, setsid},
};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, ErrorKind, Read},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
};

/// One running program.
struct Program {
    pid: Pid,
    /// Where its input goes: to the pipe's or the terminal's near end.
    input: Input,
    /// The near end of its terminal, if it has one.
    terminal: Option<File>,
    /// Keeps its named pipe open, if it has one: without a writer, the pipe would be at its end.
    aside: Option<File>,
    /// The threads that carry its output to the host.
    output: Vec<JoinHandle<()>>,
    /// Who looks at it, if somebody does.
    watch: Option<Watch>,
}

/// All running programs, by the id of the call that started them.
#[derive(Clone)]
pub struct Programs {
    channel: Channel,
    /// Guards the table and, because it is held from before a fork until the pid is entered, promises the reaper that
    /// it finds every child that it reaps.
    table: Arc<(Mutex<HashMap<u32, Program>>, Condvar)>,
}

nix::ioctl_write_ptr_bad!(set_window_size, libc::TIOCSWINSZ, Winsize);

impl Programs {
    /// An empty table, and the thread that reaps: PID 1 inherits every orphan in the guest.
    pub fn new(channel: Channel) -> Self {
        let programs = Programs { channel, table: Arc::default() };
        let reaper = programs.clone();
        thread::spawn(move || reaper.reap());
        programs
    }

    fn table(&self) -> MutexGuard<'_, HashMap<u32, Program>> {
        self.table.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a program in a session of its own, on pipes or on a terminal, with a named pipe at the path `aside`, and
    /// `watched` or not. Fails when it cannot be started; nothing of it is left then but the named pipe.
    pub fn spawn(
        &self,
        id: u32,
        command: Command,
        terminal: Option<Size>,
        aside: Option<String>,
        watched: bool,
    ) -> Result<()> {
        let aside = aside.map(|path| named_pipe(&path).with_context(|| format!("make {path}"))).transpose()?;
        let mut table = self.table();
        let mut program = match terminal {
            Some(size) => self.start_on_terminal(id, command, size)?,
            None => self.start_on_pipes(id, command)?,
        };
        if let Some((reader, writer)) = aside {
            program.output.push(self.carry(id, Stream::Aside, reader));
            program.aside = Some(writer);
        }
        if watched {
            let channel = self.channel.clone();
            program.watch = Some(Watch::start(program.pid, move |progress| channel.tell(id, News::Looked(progress))));
        }
        table.insert(id, program);
        self.table.1.notify_one();
        Ok(())
    }

    fn start_on_pipes(&self, id: u32, mut command: Command) -> Result<Program> {
        let (stdin, near) = io::pipe().context("make a pipe")?;
        // Before there is a child, which nobody would know of if this failed.
        let input = Input::start(OwnedFd::from(near).into(), self.channel.clone())?;
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        // SAFETY: setsid(2) is async-signal-safe.
        unsafe { command.pre_exec(|| Ok(setsid().map(drop)?)) };
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take().context("stdout")?, child.stderr.take().context("stderr")?);
        Ok(Program {
            pid: Pid::from_raw(child.id() as i32),
            input,
            terminal: None,
            aside: None,
            output: vec![
                self.carry(id, Stream::Stdout, OwnedFd::from(stdout).into()),
                self.carry(id, Stream::Stderr, OwnedFd::from(stderr).into()),
            ],
            watch: None,
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
        // Copies, which no program inherits; openpty(3) lets them have the original.
        let copy = || pty.master.try_clone().map(File::from);
        let (near, output, terminal) = (copy()?, copy()?, copy()?);
        drop(pty.master);
        let input = Input::start(near, self.channel.clone())?;
        let child = command.spawn()?;
        Ok(Program {
            pid: Pid::from_raw(child.id() as i32),
            input,
            terminal: Some(terminal),
            aside: None,
            output: vec![self.carry(id, Stream::Stdout, output)],
            watch: None,
        })
    }

    /// Carries a stream to the host until it ends (EOF on a pipe, EIO on a terminal whose last user has gone).
    fn carry(&self, id: u32, stream: Stream, mut from: File) -> JoinHandle<()> {
        let channel = self.channel.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 32 << 10];
            loop {
                match from.read(&mut buffer) {
                    Ok(length @ 1..) => channel.tell(id, News::Output { stream, bytes: buffer[..length].to_vec() }),
                    // A terminal, which does not block because its input must not.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        let _ = poll(&mut [PollFd::new(from.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
                    }
                    Ok(0) | Err(_) => return,
                }
            }
        })
    }

    /// Gives bytes to a program's standard input, and answers `call` once it has taken them. Returns false, and there will be
    /// no answer, for a program that has ended: that is not an error. Fails when too much waits for it, or its input has ended.
    pub fn input(&self, id: u32, call: u32, bytes: Vec<u8>) -> Result<bool> {
        let mut table = self.table();
        let Some(program) = table.get_mut(&id) else { return Ok(false) };
        program.input.push(call, bytes)?;
        Ok(true)
    }

    /// Ends a program's standard input, after all that waits for it.
    pub fn end_input(&self, id: u32) {
        if let Some(program) = self.table().get_mut(&id) {
            program.input.end();
        }
    }

    /// Tells a program's terminal its new size; the kernel sends it SIGWINCH. One that has none, or has just ended, is not an
    /// error.
    pub fn resize(&self, id: u32, size: Size) -> Result<()> {
        if let Some(Program { terminal: Some(master), .. }) = self.table().get(&id) {
            // SAFETY: TIOCSWINSZ reads one winsize.
            unsafe { set_window_size(master.as_raw_fd(), &winsize(size)) }.context("set the terminal's size")?;
        }
        Ok(())
    }

    /// Sends a signal to a program's process group. One that has just ended is not an error; a number that is no signal's is.
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
            let channel = self.channel.clone();
            thread::spawn(move || {
                drop((program.input, program.terminal, program.aside, program.watch));
                for thread in program.output {
                    let _ = thread.join();
                }
                channel.tell(id, News::Exited(exit));
            });
        }
    }
}

/// Makes a named pipe and opens it for reading and for writing.
fn named_pipe(path: &str) -> Result<(File, File)> {
    mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    // To open one end waits for the other, unless both are opened at once: fifo(7).
    let writer = File::options().read(true).write(true).open(path)?;
    Ok((File::open(path)?, writer))
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
