//! Maps the board in several ways at once, forks, and unmaps parts and all of it; each time it looks who sees what. The
//! device stays open all the while.

use judge::{Context, Result, accepted, bail, ensure, equal, free_pages, refused};
use lesson::child::{Child, fork, stop};
use nix::{
    errno::Errno,
    sys::{
        mman::{MapFlags, ProtFlags, mmap, munmap},
        wait::{WaitStatus, waitpid},
    },
};
use std::{ffi::c_void, fs::File, mem, num::NonZeroUsize, ptr::NonNull};

const PAGE: usize = 4096;

/// How many the board has.
const PAGES: usize = 4;

/// How often the board is mapped and unmapped to see whether memory is missing afterwards.
const ROUNDS: usize = 1000;

pub fn check() -> Result<()> {
    let board = judge::open("/dev/exercise")?;
    all_see_the_same(&board)?;
    is_empty(&board, "nobody has the board mapped any more")?;
    a_child_ends_first(&board)?;
    is_empty(&board, "a parent and its child have had the board mapped, and neither has it any more")?;
    a_child_ends_last(&board)?;
    is_empty(&board, "a child has had the board mapped longer than its parent, and is gone")?;
    a_part_is_unmapped(&board)?;
    is_empty(&board, "the board was unmapped in parts, all of it")?;
    private_is_refused(&board)?;
    is_empty(&board, "a private mapping was refused, nobody has another one")?;
    no_page_is_missing(&board)?;
    an_end_is_a_sigbus(&board)
}

fn all_see_the_same(board: &File) -> Result<()> {
    let (one, other) = (map(board)?, map(board)?);
    for page in 0..PAGES {
        equal("what a page of a new board begins with", one.look(page), 0)?;
        one.write(page);
        ensure!(other.look(page) == mark(page), "two mappings of the board do not show the same page {page}");
    }
    let later = map(&judge::open("/dev/exercise")?)?;
    ensure!(shows_all(&later), "the board has been written on, and who opens and maps it later does not see that");
    Ok(())
}

/// That the next one who maps it finds nothing on it.
fn is_empty(board: &File, when: &str) -> Result<()> {
    let fresh = map(board)?;
    ensure!((0..PAGES).all(|page| fresh.look(page) == 0), "{when}, and it still shows what was written on it");
    Ok(())
}

fn an_end_is_a_sigbus(board: &File) -> Result<()> {
    for (first, count, touched) in [(0, 6, 4), (4, 1, 0), (1, 4, 3), (1 << 20, 1, 0), ((1 << 52) - 2, 1, 0)] {
        let what = format!("mmap(2) of {count} pages, from page {first} on,");
        let mapping = accepted(&what, mapped(board, first, count, MapFlags::MAP_SHARED))?;
        let child = Child::counting(|| Ok(usize::from(mapping.look(touched) != 0)))?;
        let what = format!("what becomes of a process that touches page {} of a board of 4", first + touched);
        equal(&what, child.fate()?.as_str(), "killed by SIGBUS")?;
    }
    Ok(())
}

fn a_child_ends_first(board: &File) -> Result<()> {
    let ours = map(board)?;
    ours.write(0);
    let child = fork(|| {
        let sees = ours.look(0) == mark(0);
        (1..PAGES - 1).for_each(|page| ours.write(page));
        i32::from(!sees)
    })?;
    match waitpid(child, None)? {
        WaitStatus::Exited(_, 0) => {}
        WaitStatus::Signaled(_, signal, _) => {
            bail!("a process has the board mapped and forks; its child touches the board, and is ended by {signal}")
        }
        _ => bail!("a process has the board mapped and forks, and its child does not see what is on it"),
    }
    let newcomer = map(board)?;
    ensure!(
        newcomer.look(0) == mark(0),
        "a process has the board mapped, a child of it has ended, and who maps the board now gets an empty one"
    );
    ours.write(PAGES - 1);
    ensure!(shows_all(&newcomer), "a child of fork(2) has written on the board, and others do not see that");
    ensure!(shows_all(&ours), "a child of fork(2) has written on the board, and its parent does not see that");
    Ok(())
}

fn a_child_ends_last(board: &File) -> Result<()> {
    let ours = map(board)?;
    (0..PAGES).for_each(|page| ours.write(page));
    let mut child = Child::start(|| {
        stop();
        Ok(())
    })?;
    child.stopped()?;
    drop(ours);
    let newcomer = map(board)?;
    ensure!(
        shows_all(&newcomer),
        "a child of fork(2) has the board mapped, its parent has unmapped it, and who maps the board now gets an empty one"
    );
    drop(newcomer);
    child.kill()?;
    Ok(())
}

/// In the middle first, so that one mapping becomes two.
fn a_part_is_unmapped(board: &File) -> Result<()> {
    let whole = map(board)?;
    whole.write(PAGES - 1);
    let (start, rest) = whole.without_the_middle().context("a mapping at address 0")?;
    drop(start);
    let newcomer = map(board)?;
    ensure!(
        newcomer.look(PAGES - 1) == mark(PAGES - 1),
        "all but the last page of a mapping was unmapped, and who maps the board now gets an empty one"
    );
    newcomer.write(PAGES - 1);
    ensure!(rest.look(0) == mark(PAGES - 1), "what is left of a mapping does not show what is written on the board");
    Ok(())
}

fn private_is_refused(board: &File) -> Result<()> {
    for _ in 0..2 {
        let refusal = mapped(board, 0, PAGES, MapFlags::MAP_PRIVATE).map(|mapping| mapping.length);
        refused("mmap(2) with MAP_PRIVATE", refusal, Errno::EINVAL)?;
    }
    // Who must find it empty afterwards.
    let ours = map(board)?;
    (0..PAGES).for_each(|page| ours.write(page));
    Ok(())
}

fn no_page_is_missing(board: &File) -> Result<()> {
    let before = free_pages()?;
    for _ in 0..ROUNDS {
        drop(map(board)?);
    }
    let missing = before.saturating_sub(free_pages()?);
    // A few more or less are always in use.
    ensure!(
        missing < ROUNDS * PAGES / 2,
        "the board was mapped and unmapped a thousand times, and thousands of pages of memory are missing"
    );
    Ok(())
}

/// Some pages of the board. Dropping it unmaps them.
struct Mapping {
    start: NonNull<c_void>,
    length: usize,
}

impl Mapping {
    fn byte(&self, page: usize) -> *mut u8 {
        self.start.as_ptr().cast::<u8>().wrapping_add(page * PAGE)
    }

    fn look(&self, page: usize) -> u8 {
        // SAFETY: inside the mapping, of which nobody has a reference; a volatile read allows for changes.
        unsafe { self.byte(page).read_volatile() }
    }

    /// Writes its mark on a page.
    fn write(&self, page: usize) {
        // SAFETY: inside the mapping, of which nobody has a reference.
        unsafe { self.byte(page).write_volatile(mark(page)) }
    }

    /// Unmaps all but its first and its last page, of four.
    fn without_the_middle(self) -> Option<(Mapping, Mapping)> {
        let part = |page, count| {
            let start = NonNull::new(self.byte(page).cast())?;
            Some(Mapping { start, length: count * PAGE })
        };
        let parts = (part(0, 1)?, part(PAGES - 1, 1)?);
        drop(part(1, PAGES - 2));
        // The parts unmap what is left.
        mem::forget(self);
        Some(parts)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped for this, and nobody looks at it any more. It can only fail for lack of memory.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

fn mark(page: usize) -> u8 {
    b'0' + page as u8
}

fn shows_all(mapping: &Mapping) -> bool {
    (0..PAGES).all(|page| mapping.look(page) == mark(page))
}

/// mmap(2) of the whole board.
fn map(board: &File) -> Result<Mapping> {
    accepted("mmap(2) of the board", mapped(board, 0, PAGES, MapFlags::MAP_SHARED))
}

fn mapped(board: &File, first: usize, count: usize, kind: MapFlags) -> nix::Result<Mapping> {
    let length = NonZeroUsize::new(count * PAGE).ok_or(Errno::EINVAL)?;
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // SAFETY: a new mapping, which overlaps nothing.
    let start = unsafe { mmap(None, length, protection, kind, board, (first * PAGE) as i64) }?;
    Ok(Mapping { start, length: length.get() })
}
