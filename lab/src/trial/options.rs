//! The command line of `cargo lab try`.

use crate::{
    report::Style,
    vm::{
        emulator::qemu::Hardware,
        kernels::{self, DEFAULT},
    },
};
use std::path::PathBuf;

/// What to try, on what.
#[derive(clap::Args)]
pub struct Command {
    /// Kernel to build for and run on, or all that there are; may be given more than once
    #[arg(long = "kernel", value_name = "K", default_values = [DEFAULT], value_delimiter = ',', value_parser = kernels::some())]
    pub kernels: Vec<String>,
    #[command(flatten)]
    pub options: Options,
}

/// What to try, and how.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// Folders of modules, which are built in this order, or modules that are built already (NAME.ko)
    #[arg(required = true, value_name = "FOLDER|NAME.ko")]
    pub modules: Vec<PathBuf>,
    /// Give make a variable; may be given more than once
    #[arg(long = "make", value_name = "VAR=VALUE", value_parser = assignment, help_heading = "Building")]
    pub variables: Vec<String>,
    /// Write compile_commands.json into the folder, for clangd and your editor; nothing else is ever written there
    #[arg(long, help_heading = "Building")]
    pub editor: bool,
    /// Give a parameter to the module that has it, or MODULE.NAME=VALUE to one of several
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = assignment, help_heading = "Loading")]
    pub parameters: Vec<String>,
    /// Load the modules in this order, instead of by whose symbols they use
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', help_heading = "Loading")]
    pub order: Vec<String>,
    /// Load a module of the stock kernel first, with what it depends on
    #[arg(long = "with", value_name = "MODULE", value_delimiter = ',', help_heading = "Loading")]
    pub stock: Vec<String>,
    /// Put what is in a folder into the guest's /lib/firmware
    #[arg(long, value_name = "DIR", help_heading = "Loading")]
    pub firmware: Option<PathBuf>,
    /// Put a file or folder into the guest, into /root or where it says; may be given more than once
    #[arg(long, value_name = "FILE[:PATH]", help_heading = "Running")]
    pub put: Vec<String>,
    /// Run a program, a script or a command of the guest's while the modules are loaded. It ends the command line; its exit
    /// code becomes that of the whole
    #[arg(long, value_name = "PROGRAM [ARGUMENT…]", num_args = 1.., allow_hyphen_values = true, help_heading = "Running")]
    pub run: Vec<String>,
    /// Throw nonsense at all files that the modules have made, for 3 seconds or so many: random calls of four threads, with
    /// pointers of every bad kind, and the requests of ioctl(2) that the modules' code compares with
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "3",
        value_parser = clap::value_parser!(u64).range(1..=3600),
        help_heading = "Running"
    )]
    pub hostile: Option<u64>,
    /// Begin that nonsense as it was begun when this was said of it
    #[arg(long, value_name = "NUMBER", requires = "hostile", help_heading = "Running")]
    pub seed: Option<u64>,
    /// Give up a program that runs for longer
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Running")]
    pub timeout: u64,
    /// Open a shell while the modules are loaded
    #[arg(long, help_heading = "Running")]
    pub keep: bool,
    /// Try again whenever something in the folders is saved, until Ctrl-C
    #[arg(long, help_heading = "Running")]
    pub watch: bool,
    #[command(flatten)]
    pub machine: Machine,
    #[command(flatten)]
    pub style: Style,
}

/// What the machine has. If anything is named, the guest is booted, which takes some seconds longer.
#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Machine (named, the guest boots instead of being cloned: some seconds more)")]
pub struct Machine {
    /// Memory
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(64..))]
    memory: Option<u64>,
    /// Processors
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16))]
    cpus: Option<u32>,
    /// A device, as QEMU's -device takes it, for example `edu`; may be given more than once
    #[arg(long = "device", value_name = "DEVICE")]
    devices: Vec<String>,
    /// A network card (eth0, 10.0.2.15), in a network in which there is nobody else
    #[arg(long)]
    pub net: bool,
    /// Let gdb attach at this port once the modules are loaded: says how, and waits for Enter
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "1234")]
    pub gdb: Option<u16>,
}

impl Machine {
    /// Its hardware.
    pub fn hardware(&self) -> Hardware {
        let Machine { memory, cpus, devices, net, gdb } = self;
        Hardware { memory: *memory, processors: *cpus, devices: devices.clone(), network: *net, gdb: *gdb }
    }
}

fn assignment(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, _)) if !name.is_empty() => Ok(text.to_string()),
        _ => Err("it wants NAME=VALUE".into()),
    }
}
