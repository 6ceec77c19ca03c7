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
    find_for(program, "ci/setup.sh")
}

/// Finds a program that this command of the set-up brings.
pub fn find_for(program: &str, setup: &str) -> Result<PathBuf> {
    which::which(program)
        .or_else(|_| which::which_in(program, Some(env::join_paths(ADMINISTRATORS)?), "/").map_err(anyhow::Error::from))
        .with_context(|| format!("{program} is not installed: run `{setup}`"))
}

/// A PATH on which the programs in `folder` come before all others.
pub fn path_with(folder: &Path) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths([folder.to_path_buf()].into_iter().chain(env::split_paths(&path)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lacks_a_program_is_told_what_brings_it() {
        let error = find_for("no-such-program", "ci/setup.sh --site").expect_err("there is none").to_string();
        assert_eq!(error, "no-such-program is not installed: run `ci/setup.sh --site`");
    }
}
