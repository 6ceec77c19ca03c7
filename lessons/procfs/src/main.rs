//! The story of the chapter: the kernel is read as text, told what to do as text, and misused.

use anyhow::{Context, Result};
use crossings_procfs::{
    Booking, Passengers,
    copied::{self, Copied},
    mistake,
    process::{self, field},
    trace::FUNCTIONS,
};
use lesson::{
    cost::costs, errno, ftrace, kmod::Module, knob::Knob, part, show,
    user::as_ordinary_user,
};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    unistd::{getppid, pipe},
};
use procfs::{Current, Meminfo, process::Process};
use std::{
    fs::{self, File},
    hint::black_box,
    sync::atomic::{AtomicU8, Ordering},
    thread,
};

fn main() -> Result<()> {
    my_status()?;
    memory()?;
    my_maps()?;
    a_childs_files()?;
    a_knob()?;
    a_passenger_list()?;
    more_than_a_page()?;
    one_byte_at_a_time()?;
    two_readers()?;
    one_open_file()?;
    a_list_that_changes()?;
    refused_orders()?;
    a_bad_pointer()?;
    an_ordinary_user()?;
    the_wrong_mode()?;
    the_path()?;
    the_cost()?;
    the_copied_file()?;
    a_file_without_its_module()
}

// ANCHOR: my_status
fn my_status() -> Result<()> {
    part("my status");
    let text = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    for key in ["Name", "State", "Uid", "Threads"] {
        println!("{key}: {}", field(&text, key).context("a field of /proc/self/status")?);
    }
    let status = Process::myself()?.status()?;
    println!(
        "the crate agrees on the name: {}",
        field(&text, "Name") == Some(&status.name)
    );
    println!("and on the state: {}", field(&text, "State") == Some(&status.state));
    Ok(())
}
// ANCHOR_END: my_status

// ANCHOR: memory
fn memory() -> Result<()> {
    part("memory");
    let text = fs::read_to_string("/proc/meminfo").context("read /proc/meminfo")?;
    let total = field(&text, "MemTotal").context("MemTotal")?;
    let (number, unit) = total.split_once(' ').context("a number and a unit")?;
    println!("the unit of MemTotal: {unit}");
    let meminfo = Meminfo::current()?;
    println!(
        "the crate's number, divided by that: {}",
        meminfo.mem_total / number.parse::<u64>()?
    );
    println!(
        "it is less than 256 MiB, but not by half: {}",
        under(meminfo.mem_total, 256 << 20)
    );

    let before = process::resident()?;
    // black_box: the compiler must not find out that nobody reads it.
    let touched = black_box(vec![1_u8; 16 << 20]);
    let grown = process::resident()?.saturating_sub(before);
    println!(
        "16 MiB more are resident: {}",
        grown.abs_diff(touched.len() as u64) < 1 << 20
    );
    Ok(())
}
// ANCHOR_END: memory

// ANCHOR: my_maps
fn my_maps() -> Result<()> {
    part("my maps");
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let local = COUNT.load(Ordering::Relaxed);
    let small = Box::new(local);
    let large = Vec::<u8>::with_capacity(64 << 20);
    for (name, address) in [
        ("a function", my_maps as *const () as usize),
        ("a text", "written in the program".as_ptr() as usize),
        ("a static", COUNT.as_ptr() as usize),
        ("a local variable", &raw const local as usize),
        ("a box of 1 byte", &raw const *small as usize),
        ("a vector of 64 MiB", large.as_ptr() as usize),
    ] {
        let map = process::mapping(address)?.context("a mapping")?;
        println!("{name:18}  {}  {}", map.perms.as_str(), process::backing(&map));
    }
    Ok(())
}
// ANCHOR_END: my_maps

// ANCHOR: a_childs_files
fn a_childs_files() -> Result<()> {
    part("a child's files");
    fs::write("/tmp/letter", "dear reader").context("write /tmp/letter")?;
    let letter =
        File::options().append(true).open("/tmp/letter").context("open /tmp/letter")?;
    let child = process::start_child(letter).context("start cat")?;
    fs::remove_file("/tmp/letter").context("remove /tmp/letter")?;

    let files = process::open_files(&child)?;
    let [(_, pipe), others @ ..] = files.as_slice() else {
        anyhow::bail!("cat has no files")
    };
    let same = Some(pipe) == process::pipe_to(&child)?.as_ref();
    println!("0: the pipe that I write to: {same}");
    for (descriptor, target) in others {
        println!("{descriptor}: {}", process::target(target));
    }
    println!("open 2 through /proc and read: {}", process::read_through(&child, 2)?);

    let (read, open) = process::outlive(child).context("end cat")?;
    show("read its status when it is gone", errno(read));
    show("open its status when it is gone", errno(open.map(|_| "open")));
    Ok(())
}
// ANCHOR_END: a_childs_files

// ANCHOR: a_knob
fn a_knob() -> Result<()> {
    part("a knob");
    let path = "/proc/sys/fs/pipe-max-size";
    let before = fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    let knob = Knob::open(path).with_context(|| format!("read {path}"))?;
    knob.set("100000").with_context(|| format!("write {path}"))?;
    println!("I wrote 100000, it says {}", knob.get()?);
    let (_reader, writer) = pipe()?;
    for size in [131_072, 131_073] {
        let answer = as_ordinary_user(|| fcntl(&writer, FcntlArg::F_SETPIPE_SZ(size)))?;
        show(&format!("an ordinary user's pipe of {size}"), answer);
    }
    show("write \"a lot\"", errno(knob.set("a lot").map(|()| "set")));
    let ordinary = as_ordinary_user(|| knob.set("65536"))?;
    show("write as an ordinary user", errno(ordinary.map(|()| "set")));
    drop(knob);
    println!("it is as it was: {}", fs::read_to_string(path)? == before);
    Ok(())
}
// ANCHOR_END: a_knob

// ANCHOR: a_passenger_list
fn a_passenger_list() -> Result<()> {
    part("a passenger list");
    let booking = open_booking()?;
    for order in ["clear", "book 12 berta", "book 4096 carl", "book 7 anna\n", "cancel 12"]
    {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    print!("{}", fs::read_to_string("/proc/crossings/passengers")?);
    print!("{}", fs::read_to_string("/proc/crossings/booking")?);
    Ok(())
}
// ANCHOR_END: a_passenger_list

// ANCHOR: fill
/// Books the seats 2, 4, 6, … 2000, and returns the list.
fn fill() -> Result<Vec<u8>> {
    let booking = open_booking()?;
    booking.order(b"clear")?;
    for seat in (2..=2000).step_by(2) {
        booking.order(format!("book {seat} guest{seat}").as_bytes())?;
    }
    Ok(Passengers::open()?.read_to_end(1 << 16)?.concat())
}
// ANCHOR_END: fill

// ANCHOR: more_than_a_page
fn more_than_a_page() -> Result<()> {
    part("more than a page");
    let list = fill()?;
    println!("lines: {}, bytes: {}", lines(&list).count(), list.len());
    let pieces = Passengers::open()?.read_to_end(1 << 16)?;
    let sizes: Vec<usize> = pieces.iter().map(Vec::len).collect();
    println!("reads with room for 65536: {sizes:?}");
    println!(
        "each ends with a whole line: {}",
        pieces.iter().all(|piece| piece.ends_with(b"\n"))
    );
    println!(
        "size according to stat(2): {}",
        fs::metadata("/proc/crossings/passengers")?.len()
    );
    Ok(())
}
// ANCHOR_END: more_than_a_page

// ANCHOR: one_byte_at_a_time
fn one_byte_at_a_time() -> Result<()> {
    part("one byte at a time");
    let list = fill()?;
    let pieces = Passengers::open()?.read_to_end(1)?;
    println!("reads that returned a byte: {}", pieces.len());
    println!("together they equal the list: {}", pieces.concat() == list);
    let mut middle = [0; 100];
    let count = Passengers::open()?.pread(&mut middle, 7000)?;
    println!("100 bytes from 7000 are the list's: {}", middle[..count] == list[7000..7100]);
    Ok(())
}
// ANCHOR_END: one_byte_at_a_time

// ANCHOR: two_readers
fn two_readers() -> Result<()> {
    part("two readers");
    let list = fill()?;
    let read = |size| Passengers::open()?.read_to_end(size).map(|pieces| pieces.concat());
    let results = thread::scope(|scope| {
        [7, 1000].map(|size| scope.spawn(move || read(size))).map(|reader| reader.join())
    });
    for (size, result) in [7, 1000].iter().zip(results) {
        let whole = result.is_ok_and(|read| read.is_ok_and(|bytes| bytes == list));
        println!("the one in steps of {size} read the whole list: {whole}");
    }
    Ok(())
}
// ANCHOR_END: two_readers

// ANCHOR: one_open_file
fn one_open_file() -> Result<()> {
    part("one open file");
    let list = fill()?;
    let first = Passengers::open()?;
    let second = first.dup()?;
    let mut buffer = [0; 10];
    for (name, reader) in [("first", &first), ("second", &second)] {
        let count = reader.read(&mut buffer)?;
        println!("{name}: {:?}", String::from_utf8_lossy(&buffer[..count]));
    }
    println!("the list: {:?}…", String::from_utf8_lossy(&list[..20]));
    Ok(())
}
// ANCHOR_END: one_open_file

// ANCHOR: a_list_that_changes
fn a_list_that_changes() -> Result<()> {
    part("a list that changes");
    let before = fill()?;
    let passengers = Passengers::open()?;
    let mut first = vec![0; 4096];
    let count = passengers.read(&mut first)?;
    let next = lines(&before[count..]).next().context("a second page")?;

    let booking = open_booking()?;
    for order in [
        "cancel 2",
        "cancel 4",
        &format!("cancel {next}"),
        "cancel 1998",
        "book 1 early",
        "book 1999 late",
    ] {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    let after = passengers.read_to_end(1 << 16)?.concat();
    let read: Vec<u16> = lines(&first[..count]).chain(lines(&after)).collect();

    println!("cancelled, already read: {}", read.contains(&2) && read.contains(&4));
    println!("cancelled, next in line: {}", read.contains(&next));
    println!("cancelled, still to come: {}", read.contains(&1998));
    println!("booked, before the place: {}", read.contains(&1));
    println!("booked, after the place: {}", read.contains(&1999));
    let stayed = lines(&before).filter(|seat| ![2, 4, next, 1998].contains(seat));
    let listed = read.iter().copied().filter(|seat| ![2, 4, 1999].contains(seat));
    println!("all who stayed, once and in order: {}", stayed.eq(listed));
    Ok(())
}
// ANCHOR_END: a_list_that_changes

// ANCHOR: refused_orders
fn refused_orders() -> Result<()> {
    part("refused orders");
    let list = fill()?;
    let booking = open_booking()?;
    for order in [
        "",
        "sail",
        "book",
        "book 7",
        "book seven anna",
        "book 7x anna",
        "book 7 anna maria",
        "book 7 \x07",
        "clear\0",
        "book 0 anna",
        "book 4097 anna",
        "book 99999999999 anna",
        "book 2 anna",
        "cancel 7",
        "book 7 a-name-of-16-let",
    ] {
        show(&format!("{order:?}"), booking.order(order.as_bytes()).map(|()| "obeyed"));
    }
    let (fits, too_long) = ([b' '; 63], [b' '; 64]);
    show("63 spaces", booking.order(&fits).map(|()| "obeyed"));
    show("64 spaces", booking.order(&too_long).map(|()| "obeyed"));
    println!(
        "the list is as it was: {}",
        Passengers::open()?.read_to_end(1 << 16)?.concat() == list
    );
    Ok(())
}
// ANCHOR_END: refused_orders

// ANCHOR: a_bad_pointer
fn a_bad_pointer() -> Result<()> {
    part("a bad pointer");
    let list = fill()?;
    show("an order at a null pointer", mistake::null_order(&open_booking()?));
    let passengers = Passengers::open()?;
    show("read into read-only memory", mistake::read_only_buffer(&passengers));
    println!(
        "the same file, read again: {}",
        passengers.read_to_end(1 << 16)?.concat() == list
    );
    Ok(())
}
// ANCHOR_END: a_bad_pointer

// ANCHOR: an_ordinary_user
fn an_ordinary_user() -> Result<()> {
    part("an ordinary user");
    let opened = as_ordinary_user(|| {
        [
            ("booking, to read", Booking::open(OFlag::O_RDONLY).map(drop)),
            ("booking, to write", Booking::open(OFlag::O_WRONLY).map(drop)),
            ("passengers, to read", Passengers::open().map(drop)),
            ("passengers, to write", Passengers::open_for(OFlag::O_WRONLY).map(drop)),
        ]
    })?;
    for (file, result) in opened {
        show(&format!("open {file}"), result.map(|()| "open"));
    }
    let booking = open_booking()?;
    let passed_on = as_ordinary_user(|| booking.order(b"book 1 anna"))?;
    show("an order through root's open file", passed_on.map(|()| "obeyed"));
    Ok(())
}
// ANCHOR_END: an_ordinary_user

// ANCHOR: the_wrong_mode
fn the_wrong_mode() -> Result<()> {
    part("the wrong mode");
    let passengers = Passengers::open_for(OFlag::O_RDWR);
    show("root opens passengers to write", passengers.as_ref().map(|_| "open"));
    show("write", passengers?.write(b"7 anna"));
    show("read from a file opened to write", open_booking()?.read(&mut [0; 16]));
    Ok(())
}
// ANCHOR_END: the_wrong_mode

// ANCHOR: the_path
fn the_path() -> Result<()> {
    part("the path");
    let booking = open_booking()?;
    for order in ["clear", "book 7 anna", "book 12 berta"] {
        booking.order(order.as_bytes()).with_context(|| order.to_owned())?;
    }
    let passengers = Passengers::open()?;
    let lines = ftrace::graph(FUNCTIONS, || _ = passengers.read_to_end(4096));
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
fn the_cost() -> Result<()> {
    part("the cost");
    fill()?;
    let passengers = Passengers::open()?;
    let [hundred, status, page, byte] = costs(
        50,
        1,
        [
            &mut || (0..100).for_each(|_| _ = getppid()),
            &mut || _ = fs::read("/proc/self/status"),
            &mut || _ = passengers.pread(&mut [0; 4096], 0),
            &mut || _ = passengers.pread(&mut [0; 1], 14_000),
        ],
    );
    let [at_once, in_steps] = costs(
        5,
        1,
        [
            &mut || {
                _ = Passengers::open().and_then(|passengers| passengers.read_to_end(4096))
            },
            &mut || _ = Passengers::open().and_then(|passengers| passengers.read_to_end(1)),
        ],
    );
    println!("a status costs more than 20 getppid(2): {}", status > hundred / 5);
    println!("byte 14000 costs more than the first page: {}", byte > page);
    println!("in steps of 1 the list costs more than twice: {}", in_steps > 2 * at_once);
    Ok(())
}
// ANCHOR_END: the_cost

// ANCHOR: the_copied_file
fn the_copied_file() -> Result<()> {
    part("the copied file");
    let module = Module::load(copied::MODULE).context("load crossings_procfs_copied")?;
    let (first, second) = (Copied::open(OFlag::O_RDONLY)?, Copied::open(OFlag::O_RDONLY)?);
    for (name, reader) in
        [("first", &first), ("second", &second), ("first", &first), ("second", &second)]
    {
        let (count, buffer) = reader.read(64)?;
        println!("{name} reads {:?}", String::from_utf8_lossy(&buffer[..count]));
    }
    let (count, buffer) = first.read(3)?;
    println!(
        "asked for 3 bytes, it wrote {count}: {}",
        String::from_utf8_lossy(&buffer[..16]).escape_debug()
    );
    first.read(64)?;

    let opened = as_ordinary_user(|| Copied::open(OFlag::O_WRONLY))?;
    show("an ordinary user opens it to write", opened.as_ref().map(|_| "open"));
    show("and writes", opened?.write(b"hello"));
    module.unload().context("unload crossings_procfs_copied")
}
// ANCHOR_END: the_copied_file

// ANCHOR: a_file_without_its_module
fn a_file_without_its_module() -> Result<()> {
    part("a file without its module");
    let module = Module::load(copied::MODULE).context("load crossings_procfs_copied")?;
    let file = Copied::open(OFlag::O_RDONLY)?;
    show("unload the module of an open file", module.unload().map(|()| "unloaded"));
    show("read from the open file", file.read(64).map(|(count, _)| count));
    show("open it again", Copied::open(OFlag::O_RDONLY).map(|_| "open"));
    Ok(())
}
// ANCHOR_END: a_file_without_its_module

/// The seats of a list, line by line.
fn lines(list: &[u8]) -> impl Iterator<Item = u16> {
    let lines = list.split(|byte| *byte == b'\n');
    lines.filter_map(|line| {
        str::from_utf8(line).ok()?.split_whitespace().next()?.parse().ok()
    })
}

fn open_booking() -> Result<Booking> {
    Booking::open(OFlag::O_WRONLY).context("open /proc/crossings/booking")
}

/// Whether a quantity is below its bound, but not by more than half.
fn under(quantity: u64, bound: u64) -> bool {
    (bound / 2..=bound).contains(&quantity)
}
