//! Jupyter as the course's notebooks use it: programs in a virtual environment in the cache, and the kernel "Rust (lab)",
//! described in a folder of the checkout. Nothing of the user's own Jupyter is read or changed.

use crate::{
    build::cargo,
    cache,
    course::Course,
    notebooks::{ahead, copies},
    programs,
};
use anyhow::{Context, Result, ensure};
use nix::{
    sys::{prctl::set_pdeathsig, signal::Signal},
    unistd::geteuid,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    fs,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

/// The kernel's name, as notebooks give it.
pub const KERNEL: &str = "rust-lab";

/// What people call it.
pub const DISPLAY_NAME: &str = "Rust (lab)";

/// JupyterLab.
const LAB: &str = "jupyter-lab";

/// The port at which the book is served for the notebooks.
const PORT: &str = "3000";

/// Where the book is served then.
pub const BOOK: &str = "http://localhost:3000";

/// Which program to run.
#[derive(clap::Args)]
pub struct Options {
    /// One of the programs in the notebooks' virtual environment: jupyter-lab or lab, jupyter-console, pytest, python …
    #[arg(default_value = LAB)]
    program: String,
    /// Its arguments; for jupyter-lab the folder of your notebooks, if none is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the command: becomes the program. Who opens the notebooks opens copies of their own, finds compiled what the cells
/// use, and the chapters that these link to served.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let jupyter = Jupyter::set_up(&course)?;
    let mut program = jupyter.program(&options.program)?;
    program.args(&options.arguments);
    if [LAB, "lab"].contains(&options.program.as_str()) && options.arguments.is_empty() {
        copies::make(&course)?.iter().for_each(|line| eprintln!("lab: {line}"));
        jupyter.compile(&course, &course.reading_order()?)?;
        serve_book()?;
        program.arg(copies::folder(&course));
        // In a container everyone is root. Jupyter only wants to hear that it is meant.
        program.args(geteuid().is_root().then_some("--allow-root"));
    }
    Err(program.exec()).with_context(|| format!("start {}", options.program))
}

/// Serves the book for as long as this process lives, also as the program that it becomes. Where its port is in use, the book is
/// served already, or its links lead to something else.
fn serve_book() -> Result<()> {
    let mut serve = Command::new(env::current_exe().context("find this program")?);
    serve.args(["serve", "--unchecked", "--port", PORT]);
    // SAFETY: prctl(2) is async-signal-safe.
    unsafe { serve.pre_exec(|| Ok(set_pdeathsig(Signal::SIGTERM)?)) };
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("serve the book").map(drop)
}

/// A set-up Jupyter.
pub struct Jupyter {
    programs: PathBuf,
    home: PathBuf,
    /// The program that is the kernel.
    kernel: PathBuf,
    /// Where the kernel builds cells.
    cells: PathBuf,
}

impl Jupyter {
    /// Finds what `ci/setup.sh --notebook` has installed, and describes the kernel to it.
    pub fn set_up(course: &Course) -> Result<Self> {
        let tools = cache::folder()?.join("notebook");
        let (programs, kernel) = (tools.join("venv/bin"), tools.join("build/release/lab-jupyter"));
        for file in [&programs.join("jupyter-lab"), &kernel] {
            ensure!(file.exists(), "{} is not there: run `ci/setup.sh --notebook`", file.display());
        }
        // It stands there, but it may be older than its source.
        cargo::jupyter_kernel(&tools.join("build"))?;
        let home = course.scratch().join("jupyter");
        let folder = home.join("data/kernels").join(KERNEL);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        fs::create_dir_all(home.join("runtime"))?;
        let jupyter = Jupyter { programs, home, kernel, cells: tools.join("cells") };
        let specification = json!({
            "argv": [jupyter.kernel, "--control_file", "{connection_file}"],
            "display_name": DISPLAY_NAME,
            "language": "rust",
            "interrupt_mode": "message",
            "env": jupyter.environment(course)?,
        });
        let path = folder.join("kernel.json");
        let text = serde_json::to_string_pretty(&specification)?;
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(jupyter)
    }

    /// What the kernel finds in its environment.
    fn environment(&self, course: &Course) -> Result<BTreeMap<&'static str, PathBuf>> {
        Ok(BTreeMap::from([
            ("CROSSINGS_LAB", env::current_exe().context("find this program")?),
            ("CROSSINGS_ROOT", course.root.clone()),
            ("CROSSINGS_NOTEBOOKS", self.cells.clone()),
            ("EVCXR_CONFIG_DIR", course.root.join("lab/jupyter")),
        ]))
    }

    /// Has everything compiled that the cells of these notebooks name.
    pub fn compile(&self, course: &Course, slugs: &[String]) -> Result<()> {
        let mut kernel = Command::new(&self.kernel);
        kernel.envs(self.environment(course)?);
        ahead::compile(course, slugs, kernel, &self.cells)
    }

    /// One of its programs, with settings that leave the user's alone.
    pub fn program(&self, name: &str) -> Result<Command> {
        // As `jupyter NAME` has it.
        let of_jupyter = self.programs.join(format!("jupyter-{name}"));
        let path = Some(self.programs.join(name)).filter(|path| path.exists()).unwrap_or(of_jupyter);
        let mut command = Command::new(path);
        command
            .env("JUPYTER_CONFIG_DIR", self.home.join("config"))
            .env("JUPYTER_DATA_DIR", self.home.join("data"))
            .env("JUPYTER_RUNTIME_DIR", self.home.join("runtime"))
            .env("JUPYTER_PLATFORM_DIRS", "1")
            .env("IPYTHONDIR", self.home.join("ipython"))
            .env_remove("JUPYTER_PATH")
            // Tests lie in the checkout, which stays as it is.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // The environment's own programs, which some of them start by name.
            .env("PATH", programs::path_with(&self.programs)?);
        Ok(command)
    }
}
