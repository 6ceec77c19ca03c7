//! The shell in a guest, on a real pseudo-terminal: line editing, Ctrl-C, the terminal's size, and the way out.

mod tool;

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
use tool::{finished, lab, outcome, wait_for};

/// A user at a terminal.
struct User {
    keyboard: File,
    screen: Arc<Mutex<String>>,
    shell: Child,
    leaving: Arc<AtomicBool>,
    eyes: JoinHandle<()>,
}

impl User {
    fn open(arguments: &[&str]) -> Self {
        let size = Winsize { ws_row: 33, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = openpty(&size, None).expect("openpty");
        // The shell must not hold the user's end of its own terminal.
        fcntl(&terminal.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("fcntl");
        let slave = || terminal.slave.try_clone().expect("dup");
        let mut command: Command = lab(arguments);
        let shell = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().expect("start lab");
        drop(command);
        drop(terminal.slave);
        let (keyboard, screen) = (File::from(terminal.master), Arc::new(Mutex::new(String::new())));
        let leaving = Arc::new(AtomicBool::new(false));
        let (mut from, to, left) = (keyboard.try_clone().expect("dup"), screen.clone(), leaving.clone());
        let eyes = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !left.load(Ordering::Relaxed) {
                let mut waiting = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
                if poll(&mut waiting, 50u16).expect("poll") == 0 {
                    continue;
                }
                let Ok(length @ 1..) = from.read(&mut buffer) else { break };
                to.lock().expect("lock").push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        let user = User { keyboard, screen, shell, leaving, eyes };
        user.sees("lab:/root# ");
        user
    }

    /// Closes the terminal, as when a connection breaks.
    fn hang_up(self) -> Child {
        self.leaving.store(true, Ordering::Relaxed);
        self.eyes.join().expect("the eyes");
        self.shell
    }

    /// Types, and waits until the answer is on the screen, which is then forgotten.
    fn types(&mut self, keys: &str, answer: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("type");
        self.sees(answer);
    }

    fn sees(&self, text: &str) {
        wait_for(text, || {
            let mut screen = self.screen.lock().expect("lock");
            let found = screen.contains(text);
            if found {
                screen.clear();
            }
            found.then_some(())
        });
    }
}

#[test]
fn a_user_edits_a_line_interrupts_a_program_and_leaves() {
    let mut user = User::open(&["shell", "sound"]);
    user.types("echo $((6*7))\r", "42");
    // Back three characters, and one more digit: line editing.
    user.types("echo =13=\x1b[D\x1b[D\x1b[D2\r", "=213=");
    // The line before, from the history.
    user.types("\x1b[A\r", "=213=");
    // The answer comes from the program itself, so that Ctrl-C finds it in the foreground.
    user.types("sh -c 'echo $((6*9)); exec sleep 1000'\r", "54");
    user.types("\x03", "lab:/root# ");
    user.types("stty size\r", "33 77");
    user.types("lsmod\r", "crossings_sound");
    user.types("./sound\r", "loaded: true");
    user.keyboard.write_all(b"exit 7\r").expect("type");
    finished(user.shell).expect(7, &[]);
}

#[test]
fn a_user_who_crashes_the_kernel_is_told_so() {
    let mut user = User::open(&["shell"]);
    user.keyboard.write_all(b"echo c > /proc/sysrq-trigger\r").expect("type");
    user.sees("this kernel is gone, and nothing else");
    finished(user.shell).expect(1, &[]);
}

#[test]
fn a_script_on_standard_input_runs_and_its_exit_code_comes_back() {
    let script = tempfile::tempdir().expect("tempdir");
    let path = script.path().join("script");
    std::fs::write(&path, "uname -s\nexit 3\n").expect("write");
    outcome(lab(&["shell"]).stdin(File::open(&path).expect("open"))).expect(3, &["Linux"]);
}

#[test]
fn a_terminal_that_goes_away_takes_the_shell_with_it() {
    let mut shell = User::open(&["shell"]).hang_up();
    wait_for("the shell to end", || shell.try_wait().expect("wait").map(drop));
}
