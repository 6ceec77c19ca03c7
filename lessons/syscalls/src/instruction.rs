//! The instruction.

use nix::{Result, errno::Errno, libc::c_long};
use std::arch::asm;
use syscalls::Sysno;

#[cfg(target_arch = "x86_64")]
// ANCHOR: syscall
/// Makes the system call with this number and these six arguments. Returns what the kernel
/// has left in `rax`.
///
/// # Safety
/// The call must be one that does no harm to this program: an address among the arguments
/// is used as the kernel sees fit.
pub unsafe fn syscall(number: c_long, arguments: [usize; 6]) -> c_long {
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

/// The same for a 32-bit program: another instruction, other registers, and the result in
/// `eax`. The compiler keeps three of the registers for itself, so they are put back.
///
/// # Safety
/// As above.
#[cfg(target_arch = "x86")]
pub unsafe fn syscall(number: c_long, arguments: [usize; 6]) -> c_long {
    let result;
    // SAFETY: the kernel puts its result into eax and leaves all other registers alone.
    // What happens to memory is the caller's promise.
    unsafe {
        asm!(
            "push ebx",
            "push esi",
            "push ebp",
            "mov ebx, [edi]",
            "mov ecx, [edi + 4]",
            "mov edx, [edi + 8]",
            "mov esi, [edi + 12]",
            "mov ebp, [edi + 20]",
            "mov edi, [edi + 16]",
            "int 0x80",
            "pop ebp",
            "pop esi",
            "pop ebx",
            inlateout("eax") number => result,
            inlateout("edi") arguments.as_ptr() => _,
            lateout("ecx") _,
            lateout("edx") _,
        );
    }
    result
}

// ANCHOR: decode
/// What a result means: the last 4095 values before 0 are errors.
pub fn decode(result: c_long) -> Result<c_long> {
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
pub unsafe fn call(call: Sysno, arguments: [usize; 6]) -> Result<c_long> {
    // SAFETY: the caller's promise.
    decode(unsafe { syscall(c_long::from(call.id()), arguments) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_of_the_last_4095_values_before_zero() {
        assert_eq!(decode(-1), Err(Errno::EPERM));
        assert_eq!(decode(-4096), Ok(-4096));
        assert_eq!(decode(0), Ok(0));
        assert_eq!(decode(c_long::MIN), Ok(c_long::MIN));
    }

    #[test]
    fn the_instruction_and_the_wrapper_agree() {
        // SAFETY: neither call touches memory.
        let (ours, libc) = unsafe { (call(Sysno::getppid, [0; 6]), libc::getppid()) };
        assert_eq!(ours, Ok(c_long::from(libc)));
    }
}
