//! The module, and what it says of itself.

use judge::{Context, Result, accepted};
use lesson::kmod::unload;
use nix::{
    fcntl::{self, OFlag},
    kmod::{ModuleInitFlags, finit_module},
    sys::stat::Mode,
};
use std::{ffi::CStr, fs};

/// Loads the module anew, with these parameters.
pub fn again(parameters: &CStr) -> Result<()> {
    accepted("delete_module(2), while nobody has the disk open,", unload("exercise"))?;
    accepted(&format!("loading the module with {parameters:?}"), insert(parameters))
}

/// finit_module(2) with these parameters.
pub fn insert(parameters: &CStr) -> nix::Result<()> {
    let module = fcntl::open("/root/exercise.ko", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
    finit_module(module, parameters, ModuleInitFlags::empty())
}

/// The bytes of a sector, as the block layer has them.
pub fn sector_size() -> Result<usize> {
    value("/sys/block/exercise/queue/logical_block_size")
}

/// How many chunks there are, as the module says.
pub fn chunks() -> Result<usize> {
    value("/sys/module/exercise/parameters/chunks")
}

/// A number in /sys.
pub fn value(path: &str) -> Result<usize> {
    let text = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    text.trim().parse().with_context(|| format!("read {path}"))
}
