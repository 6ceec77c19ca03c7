//! Who asks.

use nix::{
    Result,
    unistd::{Gid, Uid, setegid, seteuid},
};

/// The user `nobody` of most systems. The kernel needs no entry in /etc/passwd for it.
const NOBODY: u32 = 65534;

// ANCHOR: ordinary
/// Makes the calls in `act` as an ordinary user. Needs root, and is root again afterwards, because
/// only the effective ids change: it is they that open(2) looks at.
pub fn as_ordinary_user<T>(act: impl FnOnce() -> T) -> Result<T> {
    let ordinary = Ordinary::become_one()?;
    let result = act();
    drop(ordinary);
    Ok(result)
}
// ANCHOR_END: ordinary

/// While it lives, this process acts as `nobody`.
struct Ordinary;

impl Ordinary {
    fn become_one() -> Result<Ordinary> {
        setegid(Gid::from_raw(NOBODY))?;
        let ordinary = Ordinary;
        seteuid(Uid::from_raw(NOBODY))?;
        Ok(ordinary)
    }
}

impl Drop for Ordinary {
    fn drop(&mut self) {
        // The real user id is still root's, so neither can fail.
        let _ = seteuid(Uid::from_raw(0));
        let _ = setegid(Gid::from_raw(0));
    }
}
