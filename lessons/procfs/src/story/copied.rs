//! The widely copied file in /proc, and how it fails.

use anyhow::{Context, Result};
use crossings_procfs::copied::{self, Copied};
use lesson::{kmod::Module, part, show, user::as_ordinary_user};
use nix::fcntl::OFlag;

// ANCHOR: the_copied_file
pub fn the_copied_file() -> Result<()> {
    part("the copied file");
    let module = Module::load(copied::MODULE).context("load crossings_procfs_copied")?;
    let (first, second) = (Copied::open(OFlag::O_RDONLY)?, Copied::open(OFlag::O_RDONLY)?);
    for (name, reader) in
        [("first", &first), ("second", &second), ("first", &first), ("second", &second)]
    {
        let (count, buffer) = reader.read(64)?;
        println!("{name} reads {:?}", String::from_utf8_lossy(&buffer[..count]));
    }
    let (count, buffer) = first.read(3)?;
    println!(
        "asked for 3 bytes, it wrote {count}: {}",
        String::from_utf8_lossy(&buffer[..16]).escape_debug()
    );
    first.read(64)?;

    let opened = as_ordinary_user(|| Copied::open(OFlag::O_WRONLY))?;
    show("an ordinary user opens it to write", opened.as_ref().map(|_| "open"));
    show("and writes", opened?.write(b"hello"));
    module.unload().context("unload crossings_procfs_copied")
}
// ANCHOR_END: the_copied_file

// ANCHOR: a_file_without_its_module
pub fn a_file_without_its_module() -> Result<()> {
    part("a file without its module");
    let module = Module::load(copied::MODULE).context("load crossings_procfs_copied")?;
    let file = Copied::open(OFlag::O_RDONLY)?;
    show("unload the module of an open file", module.unload().map(|()| "unloaded"));
    show("read from the open file", file.read(64).map(|(count, _)| count));
    show("open it again", Copied::open(OFlag::O_RDONLY).map(|_| "open"));
    Ok(())
}
// ANCHOR_END: a_file_without_its_module
