//! Jupyter as the course's notebooks use it: programs in a virtual environment in the cache, and the kernel "Rust (lab)",
//! described in a folder of the checkout. Nothing of the user's own Jupyter is read or changed.

use crate::{build::cargo, cache, course::Course, programs};
use anyhow::{Context, Result, ensure};
use nix::unistd::geteuid;
use serde_json::json;
use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
};

/// The kernel's name, as notebooks give it.
pub const KERNEL: &str = "rust-lab";

/// What people call it.
pub const DISPLAY_NAME: &str = "Rust (lab)";

/// Which program to run.
#[derive(clap::Args)]
pub struct Options {
    /// One of the programs in the notebooks' virtual environment: jupyter-lab, jupyter-console, pytest, python …
    #[arg(default_value = "jupyter-lab")]
    program: String,
    /// Its arguments; for jupyter-lab the folder of the notebooks, if none is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the command: becomes the program.
pub fn command(options: &Options) -> Result<ExitCode> {
    let course = Course::find()?;
    let mut program = Jupyter::set_up(&course)?.program(&options.program)?;
    program.args(&options.arguments);
    if options.program == "jupyter-lab" && options.arguments.is_empty() {
        program.arg(course.notebooks());
        // In a container everyone is root. Jupyter only wants to hear that it is meant.
        program.args(geteuid().is_root().then_some("--allow-root"));
    }
    Err(program.exec()).with_context(|| format!("start {}", options.program))
}

/// A set-up Jupyter.
pub struct Jupyter {
    programs: PathBuf,
    home: PathBuf,
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
        let specification = json!({
            "argv": [kernel, "--control_file", "{connection_file}"],
            "display_name": DISPLAY_NAME,
            "language": "rust",
            "interrupt_mode": "message",
            "env": {
                "CROSSINGS_LAB": env::current_exe().context("find this program")?,
                "CROSSINGS_ROOT": course.root,
                "CROSSINGS_NOTEBOOKS": tools.join("cells"),
                "EVCXR_CONFIG_DIR": course.root.join("lab/jupyter"),
            },
        });
        let path = folder.join("kernel.json");
        let text = serde_json::to_string_pretty(&specification)?;
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
        Ok(Jupyter { programs, home })
    }

    /// One of its programs, with settings that leave the user's alone.
    pub fn program(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.programs.join(name));
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
