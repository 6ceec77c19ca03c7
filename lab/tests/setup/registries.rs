//! What befalls a file of PyPI's or crates.io's: the set-up's own scripts, with short lock files beside them, on planted
//! registries.

use crate::{
    NEW,
    archive::{Archive, SUITE, Server, finish},
    machine::Machine,
    names,
    tool::{Outcome, outcome},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A machine with everything but Jupyter, and a copy of `ci/` and `page/` whose lock files name planted packages.
pub struct Planted {
    pub machine: Machine,
    pub folder: TempDir,
}

impl Planted {
    pub fn new() -> Self {
        Planted::reading(Archive::new())
    }

    fn reading(archive: Archive) -> Self {
        let archive = archive.kernel(NEW.0, NEW.1, &[]).publish();
        let planted = Planted { machine: Machine::reading(archive), folder: tempfile::tempdir().expect("tempdir") };
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let scripts = ["ci", "page"].map(|name| checkout.join(name));
        finish(Command::new("cp").arg("-r").args(scripts).arg(planted.folder.path()));
        fs::create_dir_all(planted.at("book/theme")).expect("mkdir");
        outcome(&mut planted.setup(&["--kernel", "6.1"])).expect(0, &[]);
        // Jupyter's kernel, which takes minutes to build, is not what is tried here.
        let built = planted.machine.cache().join("notebook/build/release");
        fs::create_dir_all(&built).expect("mkdir");
        finish(Command::new("cp").arg("/bin/true").arg(built.join("lab-jupyter")));
        planted
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn setup(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.run(&self.at("ci/setup.sh"), arguments);
        for name in ["PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"] {
            command.env_remove(name);
        }
        command
    }

    /// Puts a version of the wheel `jupyterlab` into the index `pypi`, and its hash into the list; `attributes` go into the
    /// link to it.
    fn wheel(&self, version: &str, attributes: &str) -> PathBuf {
        let index = self.at("pypi/jupyterlab");
        fs::create_dir_all(&index).expect("mkdir");
        let name = format!("jupyterlab-{version}-py3-none-any.whl");
        let script = r#"
import sys, zipfile
path, version = sys.argv[1:]
info = f"jupyterlab-{version}.dist-info/"
with zipfile.ZipFile(path, "w") as wheel:
    wheel.writestr("jupyterlab.py", "def main(): pass\n")
    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: jupyterlab\nVersion: {version}\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: planted\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\njupyter-lab = jupyterlab:main\n")
    wheel.writestr(info + "RECORD", "")
"#;
        finish(Command::new("python3").args(["-c", script]).arg(index.join(&name)).arg(version));
        let page = format!("<!DOCTYPE html><html><body><a href=\"{name}\"{attributes}>{name}</a></body></html>");
        fs::write(index.join("index.html"), page).expect("write the index");
        let hash = finish(Command::new("sha256sum").arg(index.join(&name)));
        let hash = String::from_utf8_lossy(&hash[..64]).into_owned();
        let line = format!("jupyterlab=={version} --hash=sha256:{hash}\n");
        fs::write(self.at("ci/notebook.txt"), line).expect("write the list");
        index.join(name)
    }

    /// The set-up for notebooks, with this index.
    fn notebook(&self, index: &str) -> Command {
        let mut command = self.setup(&["--notebook", "--kernel", "6.1"]);
        command.env("PIP_INDEX_URL", format!("{index}/pypi/")).env("PIP_RETRIES", "1");
        command
    }

    fn environment(&self) -> Vec<String> {
        names(&self.machine.cache().join("notebook"))
    }
}

/// The set-up for tests, on a machine that lacks only the kernel's checkers and what is for 32-bit PCs.
fn checkers(archive: Archive, spoil: impl Fn(&Archive)) -> (Planted, Outcome) {
    let planted = Planted::reading(archive.site(NEW.0, NEW.1, &[]));
    let server = Server::of(planted.folder.path(), |_| false);
    planted.wheel("1.0", "");
    outcome(&mut planted.notebook(&server.address)).expect(0, &[]);
    let environment = planted.machine.cache().join("notebook/venv");
    fs::copy(planted.at("ci/playwright.txt"), environment.join("playwright.txt")).expect("copy");
    spoil(planted.machine.archive());
    let run = outcome(&mut planted.setup(&["--test", "--kernel", "6.1"]));
    (planted, run)
}

#[test]
fn of_the_newest_source_of_the_kernel_its_checkers_are_kept() {
    let archive = Archive::new().source("bookworm", "6.12.95-1").source(SUITE, "6.12.117-1");
    let (planted, run) = checkers(archive, |_| ());
    run.expect(0, &["download the kernel's source for its checkers", "Crossings is set up"]);
    let folder = planted.machine.cache().join("checkers");
    let kept = ["checkpatch.pl", "coccinelle", "const_structs.checkpatch", "packages", "spelling.txt"];
    assert_eq!(names(&folder), kept);
    assert_eq!(names(&folder.join("coccinelle/null")), ["planted.cocci"]);
    let version = fs::read_to_string(folder.join("packages")).expect("read");
    assert_eq!(version, "linux-source-6.12 6.12.117-1\n");
    planted.machine.expect_nothing_unfinished();
}

#[test]
fn a_source_of_the_kernel_that_is_not_there_is_named() {
    let (planted, run) = checkers(Archive::new(), |_| ());
    run.expect(1, &["the archive has no release of it", "No linux-source-6.12 is in these suites"]);
    planted.machine.expect_nothing_unfinished();

    let archive = Archive::new().source(SUITE, "6.12.117-1");
    let (planted, run) = checkers(archive, |archive| archive.delete("linux-source-6.12"));
    run.expect(1, &["in the middle of a change, or holds a damaged file", "linux-source-6.12", "404"]);
    planted.machine.expect_nothing_unfinished();
}

#[test]
fn a_wheel_that_is_replaced_yanked_or_gone_is_named_and_the_environment_before_stays() {
    let planted = Planted::new();
    let server = Server::of(planted.folder.path(), |_| false);
    planted.wheel("1.0", "");
    outcome(&mut planted.notebook(&server.address)).expect(0, &["install JupyterLab"]);
    let before = planted.environment();
    assert_eq!(before.iter().filter(|name| name.starts_with("venv-")).count(), 1, "{before:?}");

    let wheel = planted.wheel("1.1", "");
    let mut bytes = fs::read(&wheel).expect("read");
    bytes.extend(b"replaced");
    fs::write(&wheel, bytes).expect("write");
    let run = outcome(&mut planted.notebook(&server.address));
    run.expect(1, &["is not the file that ci's lock file records, so it is not used", "jupyterlab==1.1", "Lock files"]);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);

    fs::remove_file(planted.at("pypi/jupyterlab/index.html")).expect("remove");
    outcome(&mut planted.notebook(&server.address))
        .expect(1, &["this version has left its registry", "jupyterlab==1.1"]);

    outcome(&mut planted.notebook("http://127.0.0.1:1")).expect(1, &["the registry cannot be reached"]);
    let jupyter = planted.machine.cache().join("notebook/venv/bin/jupyter-lab");
    finish(&mut Command::new(jupyter));

    planted.wheel("1.2", " data-yanked=\"it eats notebooks\"");
    outcome(&mut planted.notebook(&server.address))
        .expect(0, &["Yanked from PyPI", "'jupyterlab' candidate (version 1.2"]);
    let after = planted.environment();
    assert_eq!(after.iter().filter(|name| name.starts_with("venv-")).count(), 1, "{after:?}");
    assert_ne!(before, after);
    outcome(&mut planted.notebook("http://127.0.0.1:1")).expect(0, &[]);
}

/// A registry of crates.io's kind on disk, which a cargo home of its own takes for crates.io.
fn crates(planted: &Planted, checksums: bool) {
    let registry = planted.at("crates");
    fs::create_dir_all(registry.join("index/md/bo")).expect("mkdir");
    let mut lock = String::from(
        "version = 4\n\n[[package]]\nname = \"crossings-book-tools\"\nversion = \"0.1.0\"\n\
         dependencies = [\n \"mdbook\",\n \"mdbook-cmdrun\",\n]\n",
    );
    for (name, version) in [("mdbook", "0.4.52"), ("mdbook-cmdrun", "0.7.3")] {
        let tree = planted.at(&format!("{name}-{version}"));
        fs::create_dir_all(tree.join("src")).expect("mkdir");
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n");
        fs::write(tree.join("Cargo.toml"), manifest).expect("write");
        fs::write(tree.join("src/lib.rs"), "").expect("write");
        fs::write(tree.join("src/main.rs"), "fn main() {}\n").expect("write");
        let file = registry.join(format!("{name}-{version}.crate"));
        let folder = format!("{name}-{version}");
        finish(Command::new("tar").arg("-czf").arg(&file).arg("-C").arg(planted.folder.path()).arg(folder));
        let sum = finish(Command::new("sha256sum").arg(&file));
        let sum = String::from_utf8_lossy(&sum[..64]).into_owned();
        // Yanked, both of them: what a lock file names is built all the same.
        let line = format!(
            "{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[],\"cksum\":\"{sum}\",\"features\":{{}},\"yanked\":true}}\n"
        );
        fs::write(registry.join("index/md/bo").join(name), line).expect("write the index");
        let sum = if checksums { sum } else { sum.chars().rev().collect() };
        lock += &format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{sum}\"\n"
        );
    }
    fs::write(planted.at("ci/book/Cargo.lock"), lock).expect("write the lock file");
    let manifest = fs::read_to_string(planted.at("ci/book/Cargo.toml")).expect("read");
    let manifest = manifest.split("[profile").next().expect("the part before the profiles").to_string();
    fs::write(planted.at("ci/book/Cargo.toml"), manifest).expect("write");
    let home = planted.at("cargo");
    fs::create_dir_all(&home).expect("mkdir");
    let config = format!(
        "[source.crates-io]\nreplace-with = \"planted\"\n[source.planted]\nlocal-registry = \"{}\"\n",
        registry.display()
    );
    fs::write(home.join("config.toml"), config).expect("write");
    // The book's tools are to be built.
    let tools = planted.machine.cache().join("tools");
    fs::remove_file(&tools).expect("remove the link");
}

fn build(planted: &Planted) -> crate::tool::Outcome {
    outcome(planted.setup(&["--kernel", "6.1"]).env("CARGO_HOME", planted.at("cargo")))
}

#[test]
fn a_yanked_crate_is_built_and_a_damaged_one_is_named() {
    let planted = Planted::new();
    crates(&planted, true);
    build(&planted).expect(0, &["build mdbook 0.4.52 and mdbook-cmdrun 0.7.3", "Crossings is set up"]);
    assert_eq!(names(&planted.machine.cache().join("tools/bin")), ["mdbook", "mdbook-cmdrun"]);

    fs::remove_file(planted.machine.cache().join("tools/packages")).expect("remove");
    let file = planted.at("crates/mdbook-cmdrun-0.7.3.crate");
    let mut bytes = fs::read(&file).expect("read");
    bytes.extend(b"replaced");
    fs::write(file, bytes).expect("write");
    fs::remove_dir_all(planted.at("cargo/registry")).expect("remove what cargo has unpacked");
    let run = build(&planted);
    run.expect(
        1,
        &["is not the file that ci's lock file records, so it is not used", "mdbook-cmdrun v0.7.3", "Lock files"],
    );
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
}

#[test]
fn a_crate_that_the_registry_has_replaced_is_named() {
    let planted = Planted::new();
    crates(&planted, false);
    build(&planted).expect(1, &["is not the file that ci's lock file records, so it is not used", "v0.", "Lock files"]);
}
