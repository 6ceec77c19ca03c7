//! `cargo lab kernel`: the kernels that there are, and those of the reader's own.

mod add;
mod files;

use crate::{
    build::cargo,
    cache,
    report::verdict::Mistake,
    vm::{
        kernel::Kernel,
        kernels::{self, KNOWN},
        template::Template,
    },
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::ExitCode};

/// What to do with kernels.
#[derive(clap::Subcommand)]
pub enum Options {
    /// List the kernels that there are, and how to get those that are not
    List,
    /// Add a kernel that you have built: boots it once, and from then on `--kernel NAME` runs and builds for it
    ///
    /// From a folder in which one was built it takes the image, and what modules are built against, where they are: build it
    /// anew, and the next run has the new one. Run this again when its own modules have changed.
    ///
    /// Examples:
    ///
    ///   cargo lab kernel add ~/linux
    ///
    ///   cargo lab kernel add linux-image-6.18.0_amd64.deb linux-headers-6.18.0_amd64.deb --name mine
    Add {
        /// Folder in which a kernel was built, or packages of Debian's that hold one and its headers (make bindeb-pkg)
        #[arg(required = true, value_name = "FOLDER|FILE.deb")]
        from: Vec<PathBuf>,
        /// Name that it gets [default: its release, as `uname -r` says it]
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove a kernel that you have added; what it was made of stays
    Remove {
        /// Its name
        name: String,
    },
}

/// Runs the command.
pub fn command(options: &Options) -> Result<ExitCode> {
    match options {
        Options::List => list(),
        Options::Add { from, name } => {
            let kernel = add::add(from, name.as_deref())?;
            // Whoever added it wants to know now whether it runs.
            let template = Template::of(kernel, &cargo::agent()?)
                .with_context(|| format!("it is added, and does not run in the lab; {}", files::WANTED))?;
            let Kernel { name, release, .. } = &template.kernel;
            println!("{name}: Linux {release}. Try it: cargo lab exec --kernel {name} uname -a");
        }
        Options::Remove { name } => remove(name)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A line for each.
fn list() {
    for known in KNOWN.iter() {
        let there = match Kernel::find(known.name) {
            Ok(kernel) => kernel.release,
            Err(_) if known.in_book => "not here: ci/setup.sh".to_string(),
            Err(_) => format!("not here: ci/setup.sh --kernel {}", known.name),
        };
        println!("{:12} {there:36} {}", known.name, known.about);
    }
    for name in kernels::own() {
        let there = Kernel::find(&name).map_or_else(|error| format!("{error:#}"), |kernel| kernel.release);
        println!("{name:12} {there:36} yours");
    }
}

fn remove(name: &str) -> Result<()> {
    if KNOWN.iter().any(|known| known.name == name) {
        bail!(Mistake(format!("{name} is none of yours: ci/setup.sh has brought it")));
    }
    if !kernels::own().iter().any(|own| own == name) {
        bail!(Mistake::unknown("kernel of yours", name, &kernels::own()));
    }
    let folder = cache::folder()?.join("kernels").join(name);
    fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))
}
