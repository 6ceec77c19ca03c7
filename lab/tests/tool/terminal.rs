//! A user at a pseudo-terminal.

use super::wait_for;
use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    poll::{PollFd, PollFlags, poll},
    pty::{Winsize, openpty},
};
use std::{
    fs::File,
    io::{Read, Write},
    os::fd::AsFd,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// A terminal, with a program that has it.
pub struct Terminal {
    /// The program.
    pub program: Child,
    keyboard: File,
    /// Guards what the program has written.
    output: Arc<Mutex<Vec<u8>>>,
    leaving: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts a program on a terminal of this size.
    pub fn open(mut command: Command, rows: u16, columns: u16) -> Self {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None).expect("openpty");
        // The program must not hold the user's end of its own terminal.
        fcntl(&terminal.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("fcntl");
        let slave = || terminal.slave.try_clone().expect("dup");
        let program = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().expect("start lab");
        drop(command);
        drop(terminal.slave);
        let (keyboard, output) = (File::from(terminal.master), Arc::new(Mutex::new(Vec::new())));
        let leaving = Arc::new(AtomicBool::new(false));
        let (mut from, to, left) = (keyboard.try_clone().expect("dup"), output.clone(), leaving.clone());
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !left.load(Ordering::Relaxed) {
                let mut waiting = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
                if poll(&mut waiting, 50u16).expect("poll") == 0 {
                    continue;
                }
                let Ok(length @ 1..) = from.read(&mut buffer) else { break };
                to.lock().expect("lock").extend(&buffer[..length]);
            }
        });
        Terminal { program, keyboard, output, leaving, reader }
    }

    /// Types.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("type");
    }

    /// All that the program has written so far.
    pub fn output(&self) -> Vec<u8> {
        self.output.lock().expect("lock").clone()
    }

    /// Waits until the program has written `text`, and forgets all that it has written.
    pub fn sees(&self, text: &str) {
        wait_for(text, || {
            let mut output = self.output.lock().expect("lock");
            let found = String::from_utf8_lossy(&output).contains(text);
            if found {
                output.clear();
            }
            found.then_some(())
        });
    }

    /// Closes the terminal, as when a connection breaks.
    pub fn hang_up(self) -> Child {
        self.leaving.store(true, Ordering::Relaxed);
        self.reader.join().expect("the terminal's reader");
        self.program
    }
}
