//! What six chapters promise: `cargo run -p crossings-SLUG` runs on the reader's own machine, as an ordinary user, prints
//! what the chapter shows, and ends where root or the module is needed.

use lesson::cost::without_figures;
use nix::{
    sys::{
        signal::{Signal, killpg},
        statfs::{OVERLAYFS_SUPER_MAGIC, statfs},
    },
    unistd::{Pid, geteuid},
};
use std::{
    env,
    fs::{self, File},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// The user and the group to be if we are root. Nothing needs to know their names.
const NOBODY: u32 = 65534;

/// How long a program may take. A second is usual, and a loaded machine has others to attend to.
const TIME: Duration = Duration::from_secs(120);

/// What a chapter promises. Measured figures are no part of it.
struct Promise {
    slug: &'static str,
    /// The parts of `expected.txt` up to this one are printed, and no others.
    last: &'static str,
    /// Those of them that are printed, but need not say on every machine what they say in the lab.
    free: &'static [&'static str],
    /// How the program ends.
    code: i32,
    /// What it says about the parts that it leaves out.
    says: &'static str,
}

#[test]
fn syscalls() {
    let run = Promise {
        slug: "syscalls",
        last: "the cost",
        // A nice value below 0 is refused, and what it is at first depends on who has started us.
        free: &["a wrapper at work"],
        code: 0,
        says: "only root may record the path; `cargo lab run syscalls` does",
    }
    .keep();
    let wrapper = run.parts.iter().find(|part| title(part) == "a wrapper at work").expect("the part");
    assert!(wrapper.contains("set the nice value -1: EACCES"), "the chapter says EACCES:\n{wrapper}");
}

#[test]
fn mqueue() {
    let run = Promise {
        slug: "mqueue",
        last: "the copied programs",
        // A sleeper is in a function of the kernel's own. A queue without a size has the one in /proc/sys/fs/mqueue.
        free: &["asleep", "the copied programs", "by path"],
        code: 0,
        says: "\"another user\", \"limits\" and \"the path\" need root: cargo lab run mqueue",
    }
    .keep();
    // "By path" needs a mount that only the machine's owner can make.
    let mounts = fs::read_to_string("/proc/self/mounts").expect("read the mounts");
    let mounted = mounts.lines().any(|line| line.contains(" /dev/mqueue mqueue "));
    let shown = run.parts.iter().any(|part| title(part) == "by path");
    let left_out = run.said.contains("\"by path\" is left out: mount -t mqueue none /dev/mqueue");
    assert_eq!((shown, left_out), (mounted, !mounted), "{}", run.said);
}

#[test]
fn semaphores() {
    let run = Promise {
        slug: "semaphores",
        last: "the copied programs",
        free: &[],
        code: 1,
        says: "the other parts need the module and root: cargo lab run semaphores",
    }
    .keep();
    assert_eq!(run.parts.len(), 11, "the chapter says \"the first eleven parts\"");
}

#[test]
fn shm() {
    Promise {
        slug: "shm",
        last: "the cost",
        // What is too large depends on the machine's limits, and on its vm.overcommit_memory.
        free: &["the size"],
        code: 0,
        says: "the rest changes limits and traces the kernel: cargo lab run shm",
    }
    .keep();
}

#[test]
fn inotify() {
    Promise {
        slug: "inotify",
        last: "the cost",
        free: &[],
        code: 0,
        says: "The other parts need root and set limits: cargo lab run inotify",
    }
    .keep();
}

#[test]
fn fanotify() {
    let run = Promise {
        slug: "fanotify",
        last: "an ordinary user",
        free: &[],
        code: 0,
        says: "What follows needs root, and a kernel to play with: cargo lab run fanotify",
    }
    .keep();
    assert_eq!(run.parts.len(), 2, "the chapter says \"the first two parts\"");
}

/// What a program printed.
struct Run {
    parts: Vec<String>,
    /// All of it, for messages.
    said: String,
}

impl Promise {
    /// Runs the program, and fails the test unless it does what the chapter says.
    fn keep(&self) -> Run {
        // One at a time: the names of queues, objects and semaphores are the whole machine's, and so is what one user may
        // have of them. And a program cannot be started while a process that is being born still has its copy open.
        let turn = File::open("/dev/shm").expect("open /dev/shm");
        turn.lock().expect("wait for our turn");
        let output = run(&build(self.slug));
        drop(turn);
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let said = format!("{}\n{stdout}{stderr}", output.status);
        assert_eq!(output.status.code(), Some(self.code), "{said}");
        assert!(said.contains(self.says), "nothing says {:?}:\n{said}", self.says);

        let parts = parts(&without_figures(&stdout));
        let golden = course().join("lessons").join(self.slug).join("expected.txt");
        let golden = self::parts(&fs::read_to_string(golden).expect("read expected.txt"));
        let last = golden.iter().position(|part| title(part) == self.last).expect("the last part");
        let titles = |parts: &[String]| parts.iter().map(|part| title(part).to_owned()).collect::<Vec<_>>();
        let promised = titles(&golden[..=last]);
        let mut printed = titles(&parts);
        printed.retain(|title| promised.contains(title) || !self.free.contains(&title.as_str()));
        assert_eq!(printed, promised, "{said}");
        for (part, golden) in parts.iter().zip(&golden).filter(|(part, _)| !self.free.contains(&title(part))) {
            assert_eq!(part, golden, "{said}");
        }
        Run { parts, said }
    }
}

/// The parts of an output, each with its title line.
fn parts(output: &str) -> Vec<String> {
    assert!(output.starts_with("== "), "no part begins:\n{output}");
    let mut parts: Vec<String> = Vec::new();
    for line in output.split_inclusive('\n') {
        match parts.last_mut() {
            Some(part) if !line.starts_with("== ") => part.push_str(line),
            _ => parts.push(line.to_owned()),
        }
    }
    parts
}

fn title(part: &str) -> &str {
    part.lines().next().unwrap_or_default().trim_start_matches("== ")
}

fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the course")
}

/// `cargo build -p crossings-SLUG`, as `cargo run` does it. Returns the program.
fn build(slug: &str) -> PathBuf {
    let package = format!("crossings-{slug}");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(course()).args(["build", "--quiet", "--package", &package, "--bin", &package]);
    let output = cargo.arg("--message-format=json-render-diagnostics").output().expect("start cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next().expect("cargo names the program")
}

/// Runs a program to its end, as an ordinary user with folders of its own.
fn run(program: &Path) -> Output {
    let own_folder = |place| {
        let folder = tempfile::tempdir_in(place).expect("make a folder");
        if geteuid().is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("chown");
        }
        folder
    };
    let (home, temporary) = (own_folder(env::temp_dir()), own_folder(place_for_files()));
    // The folders above the original may be closed to others.
    let copy = home.path().join(program.file_name().expect("a name"));
    fs::copy(program, &copy).expect("copy the program");
    let mut command = Command::new(&copy);
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.env_clear().env("HOME", home.path()).env("TMPDIR", temporary.path()).current_dir(home.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().expect("start the program");
    let group = Pid::from_raw(child.id() as i32);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let ended = receiver.recv_timeout(TIME).unwrap_or_else(|_| {
        // With the children that it waits for.
        let _ = killpg(group, Signal::SIGKILL);
        let output = receiver.recv().expect("the thread").expect("read what it printed");
        panic!("not done after {TIME:?}:\n{}", String::from_utf8_lossy(&output.stdout));
    });
    ended.expect("read what it printed")
}

/// Where the program's temporary files are to be. `/tmp` in a container is often on overlayfs, for which two chapters say
/// what differs, and advise this.
fn place_for_files() -> PathBuf {
    let usual = env::temp_dir();
    let overlay = statfs(&usual).expect("statfs").filesystem_type() == OVERLAYFS_SUPER_MAGIC;
    if overlay { "/dev/shm".into() } else { usual }
}
