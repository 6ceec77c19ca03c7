//! Programs of the host's, as a shell finds them: by the variable PATH.

use anyhow::{Context, Result};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Folders of the administrator's programs, which are not on every user's PATH.
const ADMINISTRATORS: [&str; 2] = ["/usr/sbin", "/sbin"];

/// Finds a program. That it is missing is for the set-up to mend.
pub fn find(program: &str) -> Result<PathBuf> {
    which::which(program)
        .or_else(|_| which::which_in(program, Some(env::join_paths(ADMINISTRATORS)?), "/").map_err(anyhow::Error::from))
        .with_context(|| format!("{program} is not installed: run `ci/setup.sh`"))
}

/// A PATH on which the programs in `folder` come before all others.
pub fn path_with(folder: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths([folder.to_path_buf()].into_iter().chain(env::split_paths(&path)))?)
}
