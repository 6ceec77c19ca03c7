//! The story of the chapter: a lamp is found, read, set, misused, and watched.

use anyhow::{Context, Result, bail};
use crossings_sysfs::{
    Attribute, LAMP,
    class::{attributes, classes, devices},
    trace::FUNCTIONS,
    uevent::{Listener, Uevent},
};
use lesson::{cost::costs, ftrace, kmod::Module, part, show, user::as_ordinary_user};
use nix::{
    fcntl::OFlag,
    poll::{PollFlags, PollTimeout},
    sys::stat::{major, minor, stat},
    unistd::getppid,
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, thread, time::Duration};

/// The widely copied module, faulty on purpose.
const COPIED: &str = "crossings_sysfs_copied";

fn main() -> Result<()> {
    walk_the_classes()?;
    one_value_a_file()?;
    read_and_write()?;
    a_switch()?;
    binary()?;
    news_for_poll()?;
    a_sleeper()?;
    a_uevent()?;
    a_uevent_on_request()?;
    lost_uevents()?;
    bad_text()?;
    modes()?;
    the_path()?;
    the_cost()?;
    the_copied_file()?;
    a_file_without_its_module()
}

// ANCHOR: walk
fn walk_the_classes() -> Result<()> {
    part("walk the classes");
    let classes = classes().context("read /sys/class")?;
    println!("crossings is a class: {}", classes.iter().any(|class| class == "crossings"));
    for (name, folder) in devices("crossings").context("read /sys/class/crossings")? {
        println!("{name} is {}", folder.display());
    }
    println!("its subsystem: {}", fs::canonicalize(format!("{LAMP}/subsystem"))?.display());

    let mut elsewhere = 0;
    for class in &classes {
        let devices = devices(class).with_context(|| format!("read /sys/class/{class}"))?;
        elsewhere +=
            devices.iter().filter(|(_, at)| !at.starts_with("/sys/devices")).count();
    }
    println!("devices of all classes that are not in /sys/devices: {elsewhere}");

    println!(
        "dev of mem/null: {}",
        fs::read_to_string("/sys/class/mem/null/dev")?.trim_end()
    );
    let device = stat("/dev/null")?.st_rdev;
    println!("stat(2) of /dev/null: {}:{}", major(device), minor(device));
    Ok(())
}
// ANCHOR_END: walk

// ANCHOR: one_value_a_file
fn one_value_a_file() -> Result<()> {
    part("one value a file");
    Attribute::of_lamp("brightness")?.store(b"0")?;
    for name in attributes(Path::new(LAMP)).with_context(|| format!("read {LAMP}"))? {
        let path = Path::new(LAMP).join(&name);
        let file = fs::metadata(&path)?;
        let mode = file.permissions().mode() & 0o777;
        let text = fs::read(&path).map(|bytes| match bytes.contains(&0) {
            true => format!("{} bytes", bytes.len()),
            false => format!("{:?}", String::from_utf8_lossy(&bytes)),
        });
        let text = text.unwrap_or_else(|error| error.kind().to_string());
        println!("{name:14} {mode:04o} {:4} {text}", file.len());
    }
    Ok(())
}
// ANCHOR_END: one_value_a_file

// ANCHOR: read_and_write
fn read_and_write() -> Result<()> {
    part("read and write");
    let mut brightness = Attribute::of_lamp("brightness")?;
    for text in ["42", "7\n", "007"] {
        brightness.store(text.as_bytes())?;
        println!("wrote {text:?}, it says {}", brightness.value()?);
    }
    let another = Attribute::of_lamp("brightness")?;
    for text in ["1", "0"] {
        another.store(text.as_bytes())?;
    }
    println!("wrote \"1\" and then \"0\", it says {}", brightness.value()?);
    Ok(())
}
// ANCHOR_END: read_and_write

// ANCHOR: a_switch
fn a_switch() -> Result<()> {
    part("a switch");
    let mut brightness = Attribute::of_lamp("brightness")?;
    let switch = Attribute::open(format!("{LAMP}/switch"), OFlag::O_WRONLY)?;
    brightness.store(b"42")?;
    for text in ["off", "on", "0", "yes", "n", "onion", "nonsense"] {
        switch.store(text.as_bytes())?;
        println!("{text}: brightness {}", brightness.value()?);
    }
    show("maybe", switch.store(b"maybe"));
    Ok(())
}
// ANCHOR_END: a_switch

// ANCHOR: binary
fn binary() -> Result<()> {
    part("a binary attribute");
    let nvram = Attribute::of_lamp("nvram")?;
    show("write 64 bytes at 0", nvram.write_at(&[0; 64], 0));
    show("write 4 bytes at 10", nvram.write_at(&[1, 0, 255, 10], 10));
    let mut bytes = [0xee; 8];
    let count = nvram.read_at(&mut bytes, 8)?;
    println!("read 8 bytes at 8: {:?}", &bytes[..count]);
    show("write 8 bytes at 60", nvram.write_at(&[7; 8], 60));
    show("write 1 byte at 64", nvram.write_at(&[7], 64));
    show("read 8 bytes at 60", nvram.read_at(&mut bytes, 60));
    show("read 8 bytes at 64", nvram.read_at(&mut bytes, 64));
    Ok(())
}
// ANCHOR_END: binary

// ANCHOR: news_for_poll
fn news_for_poll() -> Result<()> {
    part("news for poll");
    let writer = Attribute::of_lamp("brightness")?;
    writer.store(b"0")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    let poll = |reader: &Attribute, what: &str, events| {
        let news = reader.poll(events, PollTimeout::ZERO)?;
        let names: Vec<&str> = news.iter_names().map(|(name, _)| name).collect();
        println!(
            "{what}: {}",
            if names.is_empty() { "nothing".to_owned() } else { names.join(" ") }
        );
        anyhow::Ok(())
    };
    poll(&reader, "opened, not read yet", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    poll(&reader, "after reading", PollFlags::POLLPRI)?;
    writer.store(b"0")?;
    poll(&reader, "0 was written again", PollFlags::POLLPRI)?;
    writer.store(b"1")?;
    poll(&reader, "1 was written", PollFlags::POLLPRI)?;
    poll(&reader, "asked again, not read", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    for value in ["2", "3", "4"] {
        writer.store(value.as_bytes())?;
    }
    poll(&reader, "2, 3 and 4 were written", PollFlags::POLLPRI)?;
    println!("read: {}", reader.value()?);
    poll(&reader, "after reading", PollFlags::POLLPRI)?;
    poll(&reader, "after reading, POLLIN", PollFlags::POLLIN)?;
    Ok(())
}
// ANCHOR_END: news_for_poll

// ANCHOR: a_sleeper
fn a_sleeper() -> Result<()> {
    part("a sleeper");
    let writer = Attribute::of_lamp("brightness")?;
    writer.store(b"20")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    println!("it is {}", reader.value()?);
    let ten_seconds = PollTimeout::from(10_000_u16);
    let sleeper = thread::spawn(move || {
        let news = reader.poll(PollFlags::POLLPRI, ten_seconds)?;
        anyhow::Ok((news.contains(PollFlags::POLLPRI), reader.value()?))
    });
    for _ in 0..100 {
        writer.store(b"20")?;
    }
    thread::sleep(Duration::from_millis(20));
    println!("20 written 100 times, it sleeps: {}", !sleeper.is_finished());
    writer.store(b"21")?;
    let Ok(woken) = sleeper.join() else { bail!("the sleeper panicked") };
    let (news, value) = woken?;
    println!("21 written once, it woke up: {news}, and read {value}");
    Ok(())
}
// ANCHOR_END: a_sleeper

// ANCHOR: a_uevent
fn a_uevent() -> Result<()> {
    part("a uevent");
    let brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"0")?;
    let listener = Listener::new().context("listen for uevents")?;
    for value in ["30", "60", "0"] {
        brightness.store(value.as_bytes())?;
        let uevents = listener.all_of("crossings")?;
        println!("brightness {value}: {} uevent", uevents.len());
        uevents.iter().for_each(print_uevent);
    }
    Ok(())
}
// ANCHOR_END: a_uevent

// ANCHOR: a_uevent_on_request
fn a_uevent_on_request() -> Result<()> {
    part("a uevent on request");
    let uevent = Attribute::of_lamp("uevent")?;
    let listener = Listener::new().context("listen for uevents")?;
    show("write \"change\"", uevent.store(b"change"));
    listener.all_of("crossings")?.iter().for_each(print_uevent);
    show("write \"explode\"", uevent.store(b"explode"));
    Ok(())
}
// ANCHOR_END: a_uevent_on_request

// ANCHOR: lost_uevents
fn lost_uevents() -> Result<()> {
    part("lost uevents");
    let uevent = Attribute::of_lamp("uevent")?;
    let listener = Listener::new().context("listen for uevents")?;
    listener.set_room(8192).context("make room for few uevents")?;
    for _ in 0..100 {
        uevent.store(b"change")?;
    }
    show("first", listener.receive().map(|uevent| uevent.header));
    let arrived = listener.all_of("crossings")?.len();
    println!("then some: {}, but not all 100: {}", arrived > 0, arrived < 100);
    Ok(())
}
// ANCHOR_END: lost_uevents

fn print_uevent(uevent: &Uevent) {
    println!("  from the kernel: {}", uevent.from_kernel);
    println!("  {}", uevent.header);
    for line in &uevent.variables {
        match line.starts_with("SEQNUM=") {
            true => println!("  SEQNUM=(it counts up)"),
            false => println!("  {line}"),
        }
    }
}

// ANCHOR: bad_text
fn bad_text() -> Result<()> {
    part("bad text");
    let mut brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"42")?;
    let mut reader = Attribute::of_lamp("brightness")?;
    reader.value()?;
    for text in
        ["bright", "7x", "7 8", "7\n8", " 7", "-1", "0x10", "7.5", "\n", "101", "300"]
    {
        show(&format!("{text:?}"), brightness.store(text.as_bytes()));
    }
    show("\"\"", brightness.store(b""));
    println!("it says {}", brightness.value()?);
    let news = reader.poll(PollFlags::POLLPRI, PollTimeout::ZERO)?;
    println!("poll was woken: {}", !news.is_empty());
    Ok(())
}
// ANCHOR_END: bad_text

// ANCHOR: modes
fn modes() -> Result<()> {
    part("modes");
    println!("name           mode root's r  w      other's r  w");
    for name in ["brightness", "max_brightness", "switch", "nvram"] {
        let path = Path::new(LAMP).join(name);
        let mode = fs::metadata(&path)?.permissions().mode() & 0o777;
        let open = || {
            [OFlag::O_RDONLY, OFlag::O_WRONLY].map(|flags| Attribute::open(&path, flags))
        };
        let [root, other] = [open(), as_ordinary_user(open)?].map(|files| {
            files.map(|file| {
                file.map_or_else(|errno| format!("{errno:?}"), |_| "open".to_owned())
            })
        });
        println!(
            "{name:14} {mode:04o} {:8} {:6} {:9} {}",
            root[0], root[1], other[0], other[1]
        );
    }
    Ok(())
}
// ANCHOR_END: modes

// ANCHOR: the_path
fn the_path() -> Result<()> {
    part("the path");
    let mut brightness = Attribute::of_lamp("brightness")?;
    brightness.store(b"10")?;
    let lines = ftrace::graph(FUNCTIONS, || {
        let _ = brightness.value();
        let _ = brightness.store(b"20");
    });
    println!("{}", lines.context("record the path with function_graph")?.join("\n"));
    Ok(())
}
// ANCHOR_END: the_path

// ANCHOR: the_cost
fn the_cost() -> Result<()> {
    part("the cost");
    let polled = Attribute::of_lamp("brightness")?;
    let mut brightness = Attribute::of_lamp("brightness")?;
    let [cheapest, poll, read, reopen] = costs(
        10,
        100,
        [
            &mut || _ = getppid(),
            &mut || _ = polled.poll(PollFlags::POLLPRI, PollTimeout::ZERO),
            &mut || _ = brightness.value(),
            &mut || _ = Attribute::of_lamp("brightness").and_then(|mut file| file.value()),
        ],
    );
    println!("a value costs more than 3 getppid(2): {}", read > 3 * cheapest);
    println!("asking poll(2) for news costs less: {}", poll < read);
    println!("open, read and close cost more: {}", reopen > read);
    Ok(())
}
// ANCHOR_END: the_cost

// ANCHOR: the_copied_file
fn the_copied_file() -> Result<()> {
    part("the copied file");
    let module = Module::load(COPIED).context("load crossings_sysfs_copied")?;
    for path in ["/sys/kernel/crossings_copied", "/sys/kernel/kernel/crossings_copied"] {
        show(path, Attribute::open(path, OFlag::O_RDONLY).map(|_| "open"));
    }
    let mut file = Attribute::open("/sys/kernel/kernel/crossings_copied", OFlag::O_RDWR)?;
    for text in ["two\nlines".to_owned(), "x".repeat(300)] {
        println!("wrote {} bytes, it took {}", text.len(), file.store(text.as_bytes())?);
        println!(
            "it says {} bytes, the same: {}",
            file.value()?.len(),
            file.value()? == text
        );
    }
    module.unload().context("unload crossings_sysfs_copied")
}
// ANCHOR_END: the_copied_file

// ANCHOR: a_file_without_its_module
fn a_file_without_its_module() -> Result<()> {
    part("a file without its module");
    let module = Module::load(COPIED).context("load crossings_sysfs_copied")?;
    let mut file = Attribute::open("/sys/kernel/kernel/crossings_copied", OFlag::O_RDWR)?;
    println!("it says {}", file.value()?);
    show("unload the module of an open file", module.unload().map(|()| "unloaded"));
    show("read from the open file", file.value());
    show("write to it", file.store(b"hello"));
    Ok(())
}
// ANCHOR_END: a_file_without_its_module
