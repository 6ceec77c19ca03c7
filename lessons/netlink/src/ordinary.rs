//! Being an ordinary user for a while.

use nix::{
    Result,
    unistd::{Uid, seteuid},
};

/// The user "nobody".
const NOBODY: Uid = Uid::from_raw(65534);

// ANCHOR: ordinary
/// Calls `action` as a process without privileges. Needs root. The kernel takes the
/// effective capabilities away with the effective user id 0, and gives them back with it:
/// capabilities(7).
pub fn as_ordinary_user<T>(action: impl FnOnce() -> T) -> Result<T> {
    seteuid(NOBODY)?;
    let result = action();
    seteuid(Uid::from_raw(0))?;
    Ok(result)
}
// ANCHOR_END: ordinary
