//! The template: a machine that was booted once and saved when its agent was ready. All chapters go on from it. Its name is made
//! of everything that it depends on.

use crate::{
    build::cargo,
    cache,
    cache_key::CacheKey,
    report::spinner::Step,
    site::node,
    vm::{initramfs, kernel::Kernel},
};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
};

/// The kernel that runs in a browser.
const KERNEL: &str = "6.1-686";

/// What a reader calls it.
pub const SERIES: &str = "6.1";

/// What stands between it and the files that we share with it.
const CHANNEL: [&str; 3] = ["virtio_pci", "9pnet_virtio", "9p"];

/// A saved machine.
pub struct Template {
    /// Its kernel.
    pub kernel: Kernel,
    /// The file that the machine goes on from.
    pub state: PathBuf,
}

/// What is said of a state that was made: the memory in it and the file, in bytes.
#[derive(Deserialize)]
struct Saved {
    bytes: u64,
    compressed: u64,
}

/// Where `ci/setup.sh --site` has put what a 32-bit PC and its programs are made of.
pub fn parts() -> Result<PathBuf> {
    Ok(cache::folder()?.join("i386"))
}

impl Template {
    /// Boots the machine, unless its state is in the cache.
    pub fn make() -> Result<Self> {
        let (kernel, parts) = (Kernel::find(KERNEL)?, parts()?);
        let agent = cargo::agent_for_browser(&parts)?;
        let archive = initramfs::pack(&kernel, &agent, &parts.join("busybox"), &CHANNEL)?;
        let key = CacheKey::default()
            .bytes(&archive)
            .identity(&kernel.image())?
            .file(&parts.join("packages"))?
            .file(&node::emulator()?.join("package.json"))?
            .file(&node::machine().join("machine.ts"))?
            .file(&node::machine().join("state.ts"))?
            .file(&node::machine().join("node/template.ts"))?
            .finish();
        let folder = cache::folder()?.join("states");
        let state = folder.join(format!("{key}.zst"));
        if state.exists() {
            cache::used(&state);
            return Ok(Template { kernel, state });
        }
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        cache::delete_unused(&folder);
        let step = Step::start(&format!("boot Linux {KERNEL} in v86 and save its state, which takes a minute"));
        let work = tempfile::tempdir_in(&folder).context("make a folder beside the states")?;
        let (initrd, unfinished) = (work.path().join("initrd"), work.path().join("state"));
        File::create(&initrd)?.write_all(&archive).context("write the initramfs")?;
        let image = kernel.image();
        let arguments = [&parts, &image, &initrd, &unfinished].map(|path| path.as_os_str());
        let saved: Saved = node::run("machine/node/template.ts", &arguments)?;
        fs::rename(&unfinished, &state).with_context(|| format!("write {}", state.display()))?;
        drop(step);
        eprintln!("the state: {} kB, with {} kB of memory", saved.compressed / 1000, saved.bytes / 1000);
        Ok(Template { kernel, state })
    }
}
