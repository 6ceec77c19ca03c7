//! seccomp(2): having the kernel refuse calls.

use crate::{child, instruction};
use lesson::child::Child;
use nix::{
    Result,
    errno::Errno,
    libc::{self, c_long},
    unistd::{Uid, geteuid, setuid},
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter,
    sock_filter,
};
use std::collections::BTreeMap;
use syscalls::Sysno;

// ANCHOR: refuse
/// From now on, and for ever, `call` fails with EPERM in this thread, and in every thread,
/// child and program that it starts.
pub fn refuse(call: Sysno) -> seccompiler::Result<()> {
    apply_filter(&program(call)?)
}

/// The filter, as the kernel takes it.
fn program(call: Sysno) -> std::result::Result<BpfProgram, BackendError> {
    if cfg!(target_arch = "x86") {
        return Ok(program_for_32_bits(call));
    }
    // With no conditions on the arguments.
    let rules = BTreeMap::from([(i64::from(call.id()), vec![])]);
    let otherwise = SeccompAction::Allow;
    let matching = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, otherwise, matching, TargetArch::x86_64)?;
    let mut program: BpfProgram = filter.try_into()?;
    // Once the number is loaded, and before it is compared with anything.
    let loaded = program.iter().position(|it| (u32::from(it.code), it.k) == (LOAD, 0));
    let next = loaded.map_or(0, |place| place + 1);
    program.splice(next..next, refuse_x32());
    Ok(program)
}

/// Refuses all numbers of x32, which has the same architecture and another number for each
/// call. All jumps of seccompiler's go forwards, and none goes across this place.
fn refuse_x32() -> [sock_filter; 2] {
    let eperm = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    [
        sock_filter { code: JUMP_IF_AT_LEAST as u16, jt: 0, jf: 1, k: X32_BIT },
        sock_filter { code: RETURN as u16, jt: 0, jf: 0, k: eperm },
    ]
}
// ANCHOR_END: refuse

/// The filter in a 32-bit program, of which seccompiler does not know. There is no x32 there.
fn program_for_32_bits(call: Sysno) -> BpfProgram {
    let eperm = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    let line = |code: u32, k, jt, jf| sock_filter { code: code as u16, jt, jf, k };
    vec![
        line(LOAD, 4, 0, 0),
        line(JUMP_IF_EQUAL, AUDIT_ARCH_I386, 1, 0),
        line(RETURN, libc::SECCOMP_RET_KILL_PROCESS, 0, 0),
        line(LOAD, 0, 0, 0),
        line(JUMP_IF_EQUAL, call.id() as u32, 0, 1),
        line(RETURN, eperm, 0, 0),
        line(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
    ]
}

/// `AUDIT_ARCH_I386` in include/uapi/linux/audit.h.
const AUDIT_ARCH_I386: u32 = 0x4000_0003;

/// `__X32_SYSCALL_BIT` in arch/x86/include/uapi/asm/unistd.h.
const X32_BIT: u32 = 0x4000_0000;

/// The instructions of the filter, in words.
pub fn listing(call: Sysno) -> std::result::Result<Vec<String>, BackendError> {
    let program = program(call)?;
    let lines = program.iter().enumerate().map(|(place, instruction)| {
        let (value, next) = (instruction.k, place + 1);
        let (yes, no) = (next + instruction.jt as usize, next + instruction.jf as usize);
        let words = match (u32::from(instruction.code), value) {
            (LOAD, 0) => "load the number".to_owned(),
            (LOAD, 4) => "load the architecture".to_owned(),
            (JUMP_IF_EQUAL, _) => format!("is it {value:#x}? {yes}, else {no}"),
            (JUMP_IF_AT_LEAST, _) => {
                format!("is it at least {value:#x}? {yes}, else {no}")
            }
            (JUMP, _) => format!("go to {}", next + value as usize),
            (RETURN, libc::SECCOMP_RET_ALLOW) => "allow".to_owned(),
            (RETURN, libc::SECCOMP_RET_KILL_PROCESS) => "kill the process".to_owned(),
            (RETURN, _) => format!("errno {}", value & libc::SECCOMP_RET_DATA),
            (code, _) => format!("code {code:#x}, {value:#x}"),
        };
        format!("{place}: {words}")
    });
    Ok(lines.collect())
}

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const JUMP_IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const JUMP_IF_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const JUMP: u32 = libc::BPF_JMP | libc::BPF_JA;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// open(2) or openat(2) of `/dev/null`, to read it, by the instruction.
pub fn open_null(call: Sysno) -> Result<()> {
    let path = c"/dev/null".as_ptr() as usize;
    let arguments = match call {
        Sysno::open => [path, 0, 0, 0, 0, 0],
        _ => [libc::AT_FDCWD as usize, path, 0, 0, 0, 0],
    };
    // SAFETY: the path is a C string, and the flags are O_RDONLY.
    let fd = unsafe { instruction::call(call, arguments) }?;
    // SAFETY: the descriptor is new, and nobody else knows of it.
    Errno::result(unsafe { libc::close(fd as i32) }).map(drop)
}

/// openat(2) with the number that it has in x32. ENOSYS: this kernel has no x32.
pub fn open_null_as_x32() -> Result<c_long> {
    let number = X32_BIT as c_long | c_long::from(Sysno::openat.id());
    let arguments = [libc::AT_FDCWD as usize, c"/dev/null".as_ptr() as usize, 0, 0, 0, 0];
    // SAFETY: as for openat.
    instruction::decode(unsafe { instruction::syscall(number, arguments) })
}

/// A child that refuses itself a call, and then enters by the door for 32-bit programs,
/// with the number of getpid there. Returns how it ended.
pub fn by_the_32_bit_door() -> Result<String> {
    child::run(|| {
        if refuse(Sysno::openat).is_err() {
            return 1;
        }
        // SAFETY: no pointer is passed, and the registers that the kernel may change are
        // named.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            std::arch::asm!(
                "int 0x80",
                inout("eax") 20 => _,
                lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
            );
        }
        // A 32-bit program has no other door.
        #[cfg(target_arch = "x86")]
        nix::unistd::getpid();
        0
    })
}

// ANCHOR: without
/// An unprivileged child installs a filter, but has not set `no_new_privs` first. Fails
/// with EACCES.
pub fn without_no_new_privs() -> Result<()> {
    Child::start(|| {
        if geteuid().is_root() {
            setuid(Uid::from_raw(65534))?;
        }
        let program = program(Sysno::openat).map_err(|_| Errno::EINVAL)?;
        let program = libc::sock_fprog {
            len: program.len() as u16,
            filter: program.as_ptr().cast_mut().cast(),
        };
        let mode = libc::SECCOMP_SET_MODE_FILTER;
        // SAFETY: the kernel reads the instructions, of which there are `len`.
        let result =
            unsafe { libc::syscall(libc::SYS_seccomp, mode, 0, &raw const program) };
        Errno::result(result).map(drop)
    })?
    .wait()
}
// ANCHOR_END: without
