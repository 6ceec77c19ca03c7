//! The instruction.

use nix::{Result, errno::Errno};
use std::arch::asm;
use syscalls::Sysno;

// ANCHOR: syscall
/// Makes the system call with this number and these six arguments. Returns what the kernel
/// has left in `rax`.
///
/// # Safety
/// The call must be one that does no harm to this program: an address among the arguments
/// is used as the kernel sees fit.
pub unsafe fn syscall(number: i64, arguments: [usize; 6]) -> i64 {
    let result;
    // SAFETY: the kernel puts its result into rax, and the processor destroys rcx and r11.
    // All other registers and our stack are left alone. What happens to memory is the
    // caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") arguments[0],
            in("rsi") arguments[1],
            in("rdx") arguments[2],
            in("r10") arguments[3],
            in("r8") arguments[4],
            in("r9") arguments[5],
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}
// ANCHOR_END: syscall

// ANCHOR: decode
/// What a result means: the last 4095 values before 0 are errors.
pub fn decode(result: i64) -> Result<i64> {
    match result {
        -4095..=-1 => Err(Errno::from_raw(-result as i32)),
        _ => Ok(result),
    }
}
// ANCHOR_END: decode

/// [`syscall`] and [`decode`] in one.
///
/// # Safety
/// As for [`syscall`].
pub unsafe fn call(call: Sysno, arguments: [usize; 6]) -> Result<i64> {
    // SAFETY: the caller's promise.
    decode(unsafe { syscall(i64::from(call.id()), arguments) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_of_the_last_4095_values_before_zero() {
        assert_eq!(decode(-1), Err(Errno::EPERM));
        assert_eq!(decode(-4096), Ok(-4096));
        assert_eq!(decode(0), Ok(0));
        assert_eq!(decode(i64::MIN), Ok(i64::MIN));
    }

    #[test]
    fn the_instruction_and_the_wrapper_agree() {
        // SAFETY: neither call touches memory.
        let (ours, libc) = unsafe { (call(Sysno::getppid, [0; 6]), libc::getppid()) };
        assert_eq!(ours, Ok(i64::from(libc)));
    }
}
