//! Step 6: all memory is given back.

use super::queue::{HEAD, MESSAGES, TEXT, arrives, fill, open, put, send, take};
use judge::{Result, accepted, bail, free_pages, refused};
use lesson::kmod;
use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap_anonymous, mprotect},
};
use std::{ffi::c_void, num::NonZeroUsize, os::fd::AsRawFd, ptr::NonNull};

/// The step.
pub fn nothing_is_left() -> Result<()> {
    const ROUNDS: usize = 3;
    let queue = open(libc::O_NONBLOCK)?;
    let text = "x".repeat(TEXT);
    costs_nothing("a thousand messages were sent and received", || {
        (0..4 * MESSAGES).try_for_each(|_| {
            send(&queue, 0, &text)?;
            arrives(&queue, 0, &text)
        })
    })?;
    let unreadable = unreadable()?;
    costs_nothing("a thousand messages were refused with EFAULT", || {
        (0..4 * MESSAGES).try_for_each(|_| {
            // SAFETY: the kernel checks what it reads: here the text lies where nobody may look.
            let sent = unsafe { libc::write(queue.as_raw_fd(), unreadable.as_ptr(), HEAD + TEXT) };
            refused("a write(2) of a message whose text cannot be read", Errno::result(sent), Errno::EFAULT)
        })
    })?;
    fill(&queue)?;
    costs_nothing("a thousand messages were refused with EAGAIN", || {
        let refusal = "a write(2) with O_NONBLOCK while 256 messages wait";
        (0..4 * MESSAGES).try_for_each(|_| refused(refusal, put(&queue, 0, &text), Errno::EAGAIN))
    })?;
    (0..MESSAGES).try_for_each(|_| accepted("a read(2)", take(&queue)).map(drop))?;
    refused("delete_module(2), while the queue is open,", kmod::unload("exercise"), Errno::EAGAIN)?;
    drop(queue);
    costs_nothing("the module was unloaded, three times, while 256 messages waited", || {
        for _ in 0..ROUNDS {
            let queue = open(libc::O_NONBLOCK)?;
            (0..MESSAGES).try_for_each(|_| send(&queue, 0, &text))?;
            drop(queue);
            accepted("delete_module(2) of a module that nobody uses", kmod::unload("exercise"))?;
            accepted("finit_module(2)", kmod::load("exercise"))?;
        }
        Ok(())
    })
}

/// Where a priority can be read, and nothing behind it.
fn unreadable() -> Result<NonNull<c_void>> {
    const PAGE: usize = 4096;
    const BOTH: NonZeroUsize = NonZeroUsize::new(2 * PAGE).expect("not 0");
    // SAFETY: a new mapping, which overlaps nothing and is never unmapped; its second page is nobody's afterwards.
    unsafe {
        let pages = mmap_anonymous(None, BOTH, ProtFlags::PROT_READ, MapFlags::MAP_PRIVATE)?;
        mprotect(pages.byte_add(PAGE), PAGE, ProtFlags::PROT_NONE)?;
        Ok(pages.byte_add(PAGE - HEAD))
    }
}

/// That pages of memory are not missing by the hundreds afterwards. A few more or less are always in use; and what the kernel keeps
/// at hand for its processors it keeps once, while what is lost is lost again each time.
fn costs_nothing(what: &str, act: impl Fn() -> Result<()>) -> Result<()> {
    const TIMES: usize = 3;
    for _ in 0..TIMES {
        let before = free_pages()?;
        act()?;
        if before.saturating_sub(free_pages()?) < 400 {
            return Ok(());
        }
    }
    bail!("{what}, and hundreds of pages of memory are missing since")
}
