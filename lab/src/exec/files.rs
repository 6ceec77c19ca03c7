//! Files of the user's in a guest.

use crate::{report::verdict::Mistake, vm::guest::Guest};
use anyhow::{Context, Result, bail};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use walkdir::WalkDir;

/// Puts files and folders into the guest that a command line names as `FILE[:PATH]`: into /root, or where it says.
pub fn put_all(guest: &mut Guest, named: &[String]) -> Result<()> {
    for text in named {
        let (file, inside) = text.split_once(':').unwrap_or((text, ""));
        let name = Path::new(file).file_name().and_then(|name| name.to_str()).context("a file's name")?;
        let inside = if inside.is_empty() { format!("/root/{name}") } else { inside.to_string() };
        put(guest, Path::new(file), &inside)?;
    }
    Ok(())
}

/// Puts a file of the host's, or all files of a folder, into the guest.
pub fn put(guest: &mut Guest, from: &Path, to: &str) -> Result<()> {
    if !from.exists() {
        bail!(Mistake(format!("there is no {}", from.display())));
    }
    for entry in WalkDir::new(from).follow_links(true) {
        let entry = entry.with_context(|| format!("read {}", from.display()))?;
        if entry.file_type().is_file() {
            let rest = entry.path().strip_prefix(from)?.display().to_string();
            let inside = if rest.is_empty() { to.to_string() } else { format!("{to}/{rest}") };
            guest.put_file(&inside, fs::metadata(entry.path())?.permissions().mode() & 0o7777, entry.path())?;
        }
    }
    Ok(())
}
