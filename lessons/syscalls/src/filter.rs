//! seccomp(2): having the kernel refuse calls.

use crate::{child, instruction};
use lesson::child::Child;
use nix::{
    Result,
    errno::Errno,
    libc,
    unistd::{Uid, geteuid, setuid},
};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter,
};
use std::{arch::asm, collections::BTreeMap};
use syscalls::Sysno;

// ANCHOR: refuse
/// From now on, and for ever, `call` fails with EPERM in this thread, and in every thread,
/// child and program that it starts.
pub fn refuse(call: Sysno) -> seccompiler::Result<()> {
    apply_filter(&program(call)?)
}

/// The filter, as the kernel takes it.
fn program(call: Sysno) -> std::result::Result<BpfProgram, BackendError> {
    // With no conditions on the arguments.
    let rules = BTreeMap::from([(i64::from(call.id()), vec![])]);
    let otherwise = SeccompAction::Allow;
    let matching = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, otherwise, matching, TargetArch::x86_64)?.try_into()
}
// ANCHOR_END: refuse

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

/// A child that refuses itself a call, and then enters by the door for 32-bit programs,
/// with the number of getpid there. Returns how it ended.
pub fn by_the_32_bit_door() -> Result<String> {
    child::run(|| {
        if refuse(Sysno::openat).is_err() {
            return 1;
        }
        // SAFETY: no pointer is passed, and the registers that the kernel may change are
        // named.
        unsafe {
            asm!(
                "int 0x80",
                inout("eax") 20 => _,
                lateout("r8") _, lateout("r9") _, lateout("r10") _, lateout("r11") _,
            );
        }
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
