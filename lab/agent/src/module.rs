//! Loading and unloading kernel modules: finit_module(2) and delete_module(2).

use anyhow::{Context, Result};
use nix::kmod::{DeleteModuleFlags, ModuleInitFlags, delete_module, finit_module};
use std::{ffi::CString, fs::File};

/// `MODULE_INIT_COMPRESSED_FILE` of <linux/module.h>, which nix does not name.
const COMPRESSED: ModuleInitFlags = ModuleInitFlags::from_bits_retain(4);

/// Loads `FILE [PARAMETER=VALUE…]`.
pub fn insert(arguments: &[String]) -> Result<()> {
    let (path, parameters) = arguments.split_first().context("insmod: which module?")?;
    let file = File::open(path).with_context(|| format!("open {path}"))?;
    let parameters = CString::new(parameters.join(" "))?;
    // Debian compresses the modules of its newer kernels, and those kernels unpack them.
    let flags = if path.ends_with(".xz") { COMPRESSED } else { ModuleInitFlags::empty() };
    finit_module(file, &parameters, flags).with_context(|| format!("finit_module {path}"))
}

/// Unloads `NAME`; EWOULDBLOCK when it is in use.
pub fn remove(arguments: &[String]) -> Result<()> {
    let name = arguments.first().context("rmmod: which module?")?;
    delete_module(&CString::new(name.as_str())?, DeleteModuleFlags::O_NONBLOCK)
        .with_context(|| format!("delete_module {name}"))
}

/// Loads the modules that this kernel needs to reach the host: the files named in `list`, one a line, in order.
pub fn insert_listed(list: &str) -> Result<()> {
    let names = std::fs::read_to_string(list).with_context(|| format!("read {list}"))?;
    names.lines().try_for_each(|path| insert(&[path.to_string()]))
}
