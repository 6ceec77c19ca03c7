//! A machine for the set-up: a cache folder, and an apt of its own which reads a planted archive.

use crate::{
    archive::{Archive, Server},
    names,
    tool::{self, Outcome, finished, outcome},
};
use nix::{sys::signal::Signal, unistd::Pid};
use std::{
    fs,
    os::unix::{fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// See the module.
pub struct Machine {
    folder: TempDir,
    archive: Archive,
}

impl Machine {
    /// A machine whose sources name `archive`, which is served while the test program runs.
    pub fn reading(archive: Archive) -> Self {
        let server = Server::of(archive.path(), |_| false);
        Self::new(archive, &server.address)
    }

    /// The same with a server, or where one would be.
    pub fn new(archive: Archive, address: &str) -> Self {
        let folder = tempfile::tempdir().expect("tempdir");
        let machine = Machine { folder, archive };
        let at = |name: &str| machine.folder.path().join(name);
        for name in ["cache", "apt/lists/partial", "apt/cache/archives/partial", "apt/log", "root/var/lib/dpkg/updates"]
        {
            fs::create_dir_all(at(name)).expect("mkdir");
        }
        for name in ["root/var/lib/dpkg/status", "root/var/lib/dpkg/available"] {
            fs::write(at(name), "").expect("write");
        }
        let root = machine.folder.path().display();
        let configuration = format!(
            "Dir::Etc::main \"/dev/null\";\nDir::Etc::parts \"/dev/null\";\nDir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::preferences \"/dev/null\";\nDir::Etc::preferencesparts \"/dev/null\";\n\
             Dir::Etc::sourcelist \"{root}/apt/sources.list\";\nDir::State::lists \"{root}/apt/lists\";\n\
             Dir::State::status \"{root}/root/var/lib/dpkg/status\";\nDir::State::extended_states \"{root}/apt/extended\";\n\
             Dir::Cache \"{root}/apt/cache\";\nDir::Log \"{root}/apt/log\";\nAPT::Sandbox::User \"root\";\n\
             Acquire::Languages \"none\";\nAcquire::Retries \"0\";\nAcquire::http::Proxy \"DIRECT\";\n\
             Acquire::http::Pipeline-Depth \"0\";\n"
        );
        fs::write(at("apt.conf"), configuration).expect("write");
        for name in ["tools", "page"] {
            symlink(tool::real_cache().join(name), at("cache").join(name)).expect("link");
        }
        machine.read(address);
        machine
    }

    /// Changes the address of the archive that its sources name.
    pub fn read(&self, address: &str) {
        let line = |folder: &str, suite: &str| {
            format!("deb [arch=amd64 signed-by={}] {address}/{folder} {suite} main\n", self.archive.key().display())
        };
        let codename = finished(
            Command::new("sh")
                .args(["-c", ". /etc/os-release; echo $VERSION_CODENAME"])
                .stdout(Stdio::piped())
                .spawn()
                .expect("sh"),
        );
        let codename = codename.stdout.trim();
        let sources = line("debian", codename) + &line("security", &format!("{codename}-security"));
        fs::write(self.folder.path().join("apt/sources.list"), sources).expect("write");
    }

    /// The archive that its sources name.
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Its cache folder.
    pub fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// What the cache says of the packages of a kernel.
    pub fn packages(&self, kernel: &str) -> String {
        fs::read_to_string(self.cache().join("kernels").join(kernel).join("packages")).expect("read packages")
    }

    /// `ci/setup.sh ARGUMENTS`.
    pub fn setup(&self, arguments: &[&str]) -> Command {
        self.run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/setup.sh"), arguments)
    }

    /// The same with scripts that stand somewhere else.
    pub fn run(&self, script: &Path, arguments: &[&str]) -> Command {
        // A shell that was started with Ctrl-C ignored, as those in the background are, cannot obey it.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", "bash"]).arg(script).args(arguments).process_group(0);
        for name in ["CROSSINGS_DEBIAN_MIRROR", "CROSSINGS_QEMU", "CROSSINGS_KVM"] {
            command.env_remove(name);
        }
        // A killed apt leaves files behind.
        command.env("TMPDIR", self.folder.path());
        command.env("APT_CONFIG", self.folder.path().join("apt.conf"));
        command.env("CROSSINGS_CACHE", self.cache()).env("CROSSINGS_DEBIAN_KEYRING", self.archive.key());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The same, with an emulator that root must install first, into a folder of this machine's.
    pub fn as_root(&self, arguments: &[&str]) -> Command {
        let root = self.folder.path().join("root");
        let mut command = self.setup(arguments);
        command.env("CROSSINGS_QEMU", root.join("usr/bin/qemu-system-x86_64")).env("DPKG_ROOT", root);
        command
    }

    /// A machine whose set-up has just asked the archive for something that has `needle` in its path, and waits for it.
    pub fn asking_for(archive: Archive, needle: &'static str, arguments: &[&str]) -> (Self, Child) {
        let (tell, told) = mpsc::channel();
        let mut first = true;
        let server = Server::of(archive.path(), move |path| {
            if path.contains(needle) && std::mem::take(&mut first) {
                tell.send(()).expect("tell");
                thread::sleep(Duration::from_millis(500));
            }
            false
        });
        let machine = Machine::new(archive, &server.address);
        let run = machine.start(arguments);
        told.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("nobody asks for {needle}"));
        (machine, run)
    }

    /// Starts it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.setup(arguments).spawn().expect("start the set-up")
    }

    /// Starts it with a variable more.
    pub fn start_with(&self, arguments: &[&str], variable: &str, value: &Path) -> Child {
        self.setup(arguments).env(variable, value).spawn().expect("start the set-up")
    }

    /// Sends a signal as it would come: Ctrl-C to all, SIGKILL to all, SIGTERM to the set-up alone.
    pub fn kill(&self, run: Child, signal: Signal) -> Outcome {
        let pid = run.id() as i32;
        let target = if signal == Signal::SIGTERM { pid } else { -pid };
        nix::sys::signal::kill(Pid::from_raw(target), signal).expect("kill");
        finished(run)
    }

    /// Sends a signal, and expects that the set-up ends at once and says how to go on.
    #[track_caller]
    pub fn interrupted(&self, run: Child, signal: Signal) {
        let ended = self.kill(run, signal);
        match signal {
            Signal::SIGKILL => assert_eq!(ended.code, None),
            Signal::SIGTERM => ended.expect(143, &["Interrupted.", "to go on: ci/setup.sh --kernel 6.1"]),
            _ => ended.expect(130, &["Interrupted.", "to go on: ci/setup.sh --kernel 6.1"]),
        }
        if signal != Signal::SIGKILL {
            assert!(!self.cache().join("setup.work").exists(), "the work folder stays after {signal}");
        }
    }

    /// Runs it, and expects that it fails with one sentence which says all of this, and leaves nothing in the cache.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], needles: &[&str]) {
        let run = outcome(&mut self.setup(arguments));
        run.expect(1, needles);
        let lines: Vec<_> = run.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "one sentence and what to do: {}", run.stderr);
        assert!(lines[0].starts_with("setup: could not ") && lines[1].starts_with("  next: "), "{}", run.stderr);
        self.expect_nothing_unfinished();
    }

    /// Only what is whole is in the cache.
    #[track_caller]
    pub fn expect_nothing_unfinished(&self) {
        for name in names(&self.cache()) {
            let known = ["apt", "busybox", "checkers", "i386", "kernels", "notebook", "page", "setup.lock", "tools"]
                .contains(&name.as_str());
            assert!(known, "{name} is left in the cache");
        }
        for kernel in names(&self.cache().join("kernels")) {
            assert!(self.cache().join("kernels").join(&kernel).join("cc").exists(), "half a kernel {kernel}");
        }
    }

    /// The set-up with its cache on a file system of this size.
    pub fn setup_on_a_disk_of(&self, kib: u32) -> Command {
        let prepare =
            r#"mount -t tmpfs -o size=$1k small "$CROSSINGS_CACHE" && ln -s "$2/tools" "$2/page" "$CROSSINGS_CACHE""#;
        let real = tool::real_cache();
        self.setup_after(prepare, &[&kib.to_string(), &real.to_string_lossy()], &["--kernel", "6.1"])
    }

    /// The set-up on what it takes for Ubuntu.
    pub fn setup_on_ubuntu(&self, arguments: &[&str]) -> Command {
        let release = self.folder.path().join("os-release");
        fs::write(&release, "ID=ubuntu\nVERSION_ID=24.04\nPRETTY_NAME='Ubuntu 24.04 LTS'\n").expect("write");
        self.setup_after(r#"mount --bind "$1" /etc/os-release"#, &[&release.to_string_lossy(), ""], arguments)
    }

    /// The set-up where these lines of shell were run before, with file systems of its own and two words of theirs.
    fn setup_after(&self, lines: &str, words: &[&str; 2], arguments: &[&str]) -> Command {
        let setup = self.setup(arguments);
        let script = format!("{lines} || exit 99; shift 2; exec env \"$@\"");
        let namespaces = if nix::unistd::geteuid().is_root() { "-m" } else { "-rm" };
        let mut command = Command::new("unshare");
        command.args([namespaces, "sh", "-c", &script, "sh"]).args(words).args(setup.get_args());
        for (name, value) in setup.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}
