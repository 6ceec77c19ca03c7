//! Where a thread is in this program: told when the guest's agent asks, and before a signal kills it for what it did. The
//! program knows only addresses; whoever has its debug information makes lines of them.

use libc::{SA_ONSTACK, SA_RESTART, SA_SIGINFO, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, c_int, c_void, siginfo_t};
use std::{fs::File, io::Write, mem, os::unix::ffi::OsStrExt, path::Path, ptr, sync::OnceLock};

/// The agent asks by this signal, and finds the answers in files whose names begin like this: `WHERE` and `ANSWERS` in
/// `lab/agent/src/whereabouts.rs`.
const WHERE: c_int = 63;
const ANSWERS: &[u8] = b"/run/stack.";

/// What a thread's own fault, or abort(3), brings upon it.
const FATAL: [c_int; 5] = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT];

/// So much of a stack.
const FRAMES: usize = 64;

/// What would have happened without us: Rust's own handler knows a stack overflow.
static BEFORE: OnceLock<[libc::sigaction; FATAL.len()]> = OnceLock::new();

/// Has this program tell. The answers go to files that only root can write.
pub fn tell() {
    let empty: libc::sigaction = {
        // SAFETY: all zeros is a sigaction(2): the default handler, no flags, no signals.
        unsafe { mem::zeroed() }
    };
    let mut before = [empty; FATAL.len()];
    for (signal, before) in FATAL.into_iter().zip(&mut before) {
        // SAFETY: it writes one sigaction.
        unsafe { libc::sigaction(signal, ptr::null(), before) };
    }
    if BEFORE.set(before).is_err() {
        return;
    }
    let handle = |signal, handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void), flags| {
        let action =
            libc::sigaction { sa_sigaction: handler as usize, sa_flags: SA_SIGINFO | SA_ONSTACK | flags, ..empty };
        // SAFETY: the handlers call nothing that is not async-signal-safe, see `write`.
        unsafe { libc::sigaction(signal, &action, ptr::null_mut()) };
    };
    handle(WHERE, asked, SA_RESTART);
    FATAL.into_iter().for_each(|signal| handle(signal, dying, 0));
}

extern "C" fn asked(signal: c_int, _: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: gettid(2) cannot fail; errno belongs to whoever was interrupted.
    let (thread, errno) = unsafe { (libc::gettid(), *libc::__errno_location()) };
    let mut digits = [0; 20];
    write(signal, number(thread as u64, 10, &mut digits));
    // SAFETY: it is this thread's.
    unsafe { *libc::__errno_location() = errno };
}

extern "C" fn dying(signal: c_int, _: *mut siginfo_t, _: *mut c_void) {
    write(signal, b"crash");
    let place = FATAL.iter().position(|fatal| *fatal == signal);
    if let Some(before) = place.and_then(|place| BEFORE.get()?.get(place)) {
        // What the thread did it will do again, and then all goes on as it would have without us.
        // SAFETY: it reads one sigaction.
        unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
    }
}

/// Writes the signal and this thread's stack into the answer `name`. It may run in the middle of anything, so it uses no
/// memory but its own, and no function that locks: see signal-safety(7). (The unwinder of a static program takes no lock.)
fn write(signal: c_int, name: &[u8]) {
    let mut path = [0; 64];
    path[..ANSWERS.len()].copy_from_slice(ANSWERS);
    path[ANSWERS.len()..][..name.len()].copy_from_slice(name);
    let path = Path::new(std::ffi::OsStr::from_bytes(&path[..ANSWERS.len() + name.len()]));
    let mut places = Places { all: [0; FRAMES], count: 0 };
    // SAFETY: `remember` gets the one pointer that it expects, and nobody else has it meanwhile.
    unsafe { _Unwind_Backtrace(remember, ptr::from_mut(&mut places).cast()) };
    let mut text = [0; 20 * (FRAMES + 2)];
    let mut room = &mut text[..];
    let mut digits = [0; 20];
    let _ = room.write_all(number(signal as u64, 10, &mut digits));
    for place in &places.all[..places.count] {
        let _ = room.write_all(b" ").and_then(|()| room.write_all(number(*place, 16, &mut digits)));
    }
    let _ = room.write_all(b"\n");
    let left = room.len();
    // A path this short is put on the stack by std.
    if let Ok(mut file) = File::create(path) {
        let _ = file.write_all(&text[..text.len() - left]);
    }
}

/// A number in digits of this base.
fn number(mut value: u64, base: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b"0123456789abcdef"[(value % base) as usize];
        value /= base;
        if value == 0 {
            return &digits[first..];
        }
    }
}

/// Places in the program, as distances from its start.
struct Places {
    all: [u64; FRAMES],
    count: usize,
}

/// The unwinder's view of a frame.
#[repr(C)]
struct Context([u8; 0]);

unsafe extern "C" {
    /// The unwinder of the C++ ABI, which panics use too: calls the function for each frame, until it returns not 0.
    fn _Unwind_Backtrace(each: extern "C" fn(*mut Context, *mut c_void) -> c_int, data: *mut c_void) -> c_int;
    /// Where a frame is, and whether that is the instruction itself and not the one after a call.
    fn _Unwind_GetIPInfo(context: *mut Context, is_itself: *mut c_int) -> usize;
    /// The program's start, by ld(1).
    static __ehdr_start: u8;
}

extern "C" fn remember(context: *mut Context, places: *mut c_void) -> c_int {
    // SAFETY: `write` gives its own `Places`, which nobody else has meanwhile.
    let places = unsafe { &mut *places.cast::<Places>() };
    let mut is_itself = 0;
    // SAFETY: the context is the unwinder's, and the flag ours.
    let place = unsafe { _Unwind_GetIPInfo(context, &mut is_itself) };
    let start = (&raw const __ehdr_start).addr();
    match places.all.get_mut(places.count) {
        Some(free) if place > start => {
            *free = (place - start) as u64 - u64::from(is_itself == 0);
            places.count += 1;
            0
        }
        _ => 1,
    }
}
