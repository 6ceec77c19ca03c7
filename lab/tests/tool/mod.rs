//! Running the real tool on the planted course, and looking for what it leaves behind.

#![allow(dead_code, reason = "each test program uses its own part")]

pub mod copy;
pub mod learner;
pub mod page;
pub mod server;
pub mod terminal;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What a finished run said and did.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// Fails the test unless the exit code is `code` and each of `needles` was printed.
    #[track_caller]
    pub fn expect(&self, code: i32, needles: &[&str]) {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.code, Some(code), "{said}");
        for needle in needles {
            assert!(said.contains(needle), "nothing says {needle:?} in:\n{said}");
        }
    }
}

/// The folder of the planted course.
pub fn planted() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted")
}

/// A course of its own with these lessons of the planted one.
pub fn part_of_planted(slugs: &[&str]) -> tempfile::TempDir {
    let course = tempfile::tempdir().expect("tempdir");
    let files = ["Cargo.toml".into(), "book.toml".into()].into_iter();
    let folders = slugs.iter().flat_map(|slug| [format!("lessons/{slug}"), format!("kmods/{slug}")]);
    for part in files.chain(folders) {
        let from = planted().join(&part);
        if from.exists() {
            let to = course.path().join(&part);
            fs::create_dir_all(to.parent().expect("a folder")).expect("mkdir");
            let copied = Command::new("cp").arg("-r").args([&from, &to]).status().expect("start cp");
            assert!(copied.success(), "copy {part}");
        }
    }
    course
}

/// `cargo lab ARGUMENTS` on the planted course.
pub fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).env("CROSSINGS_ROOT", planted()).env_remove("CI");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
pub fn outcome(command: &mut Command) -> Outcome {
    finished(command.spawn().expect("start lab"))
}

/// Waits for it to end.
pub fn finished(child: Child) -> Outcome {
    let output = child.wait_with_output().expect("wait for lab");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A cache folder of its own, which shares the downloads of the real one and none of its templates.
pub struct Cache(pub tempfile::TempDir);

impl Cache {
    pub fn new() -> Self {
        let cache = Cache(tempfile::tempdir().expect("tempdir"));
        cache.fill(cache.0.path());
        cache
    }

    /// Links the downloads into `folder`.
    pub fn fill(&self, folder: &Path) {
        for name in ["kernels", "busybox", "tools", "page"] {
            symlink(real_cache().join(name), folder.join(name)).expect("link");
        }
    }

    /// `cargo lab ARGUMENTS` with this cache.
    pub fn lab(&self, arguments: &[&str]) -> Command {
        let mut command = lab(arguments);
        command.env("CROSSINGS_CACHE", self.0.path());
        command
    }

    /// The names in its folder of templates that end in `ending`.
    pub fn templates(&self, ending: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join("templates")).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(ending)).collect()
    }

    /// An emulator for this cache: a shell script that sees the real one as `$QEMU`.
    pub fn emulator(&self, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.path().join("qemu");
        fs::write(&path, format!("#!/bin/sh\nQEMU=qemu-system-x86_64\n{script}\n")).expect("write the script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
        path
    }
}

/// The cache folder that the set-up fills.
pub fn real_cache() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("CROSSINGS_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("crossings")))
        .or_else(|| Some(variable("HOME")?.join(".cache/crossings")))
        .expect("a cache folder")
}

/// The emulators that `parent` is running.
pub fn emulators_of(parent: u32) -> Vec<i32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").expect("read /proc").flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let Some((name, rest)) = status.rsplit_once(") ") else { continue };
        let is_child = rest.split(' ').nth(1) == Some(&parent.to_string());
        // Not one that is only asked for its version.
        let command_line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if is_child && name.contains("(qemu-system") && command_line.contains("-machine") {
            found.push(pid);
        }
    }
    found
}

/// Waits until `parent` runs an emulator, and returns it.
pub fn wait_for_emulator(parent: u32) -> i32 {
    wait_for("an emulator", || emulators_of(parent).first().copied())
}

/// Waits until `what` is there; two minutes are long for everything waited for here, also on a busy machine.
#[track_caller]
pub fn wait_for<T>(name: &str, mut what: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited 120 s for {name}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until a process has gone (a zombie is gone).
pub fn wait_until_gone(pid: i32) {
    wait_for("a process to go", || {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        (status.is_empty() || status.contains(") Z ")).then_some(())
    });
}
