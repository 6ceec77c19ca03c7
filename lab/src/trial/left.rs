//! What a module leaves behind: entries that are registered still, threads that run, timers that are pending, and memory that
//! was not given back. What is registered, the agent lists; the rest is told by the kernel's tracepoints.

use super::module::Module;
use crate::build::place;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of the tracer that watches.
pub const TRACER: &str = "/sys/kernel/tracing/instances/lab-try";

/// Starts it. Whole addresses are told, or what is allocated could not be found again; of allocations only those from
/// where modules are. What is freed by RCU is freed in bulk, which no tracepoint tells: a probe does, where it is handed over.
pub const START: &str = r#"t=/sys/kernel/tracing/instances/lab-try
mkdir $t && cd $t || exit
echo 0 > options/hash-ptr; echo 8192 > buffer_size_kb
for event in timer_start timer_cancel timer_expire_entry hrtimer_start hrtimer_cancel hrtimer_expire_entry; do
	echo 1 > events/timer/$event/enable
done
for event in kmalloc kmalloc_node; do
	[ -d events/kmem/$event ] || continue
	echo 'call_site >= 0xffffffffc0000000' > events/kmem/$event/filter && echo 1 > events/kmem/$event/enable
done
echo 1 > events/kmem/kfree/enable
echo 'p:lab/kvfree kvfree_call_rcu head=%di:x64 what=%si:x64' >> /sys/kernel/tracing/kprobe_events
echo 1 > events/lab/kvfree/enable"#;

/// What was registered, at a time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Survey {
    names: BTreeSet<String>,
    /// What was read when the reader died.
    pub died_at: Option<String>,
}

impl Survey {
    /// What the agent has printed.
    pub fn read(text: &str) -> Self {
        let reading: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("reading\t")).collect();
        let died_at = reading.last().filter(|what| **what != "the end").map(|what| what.to_string());
        let names = text.lines().filter(|line| !line.starts_with("reading\t")).map(str::to_string).collect();
        Survey { names, died_at }
    }

    /// The paths that are there now and were not before.
    pub fn new_paths<'a>(&'a self, before: &'a Survey) -> Vec<&'a str> {
        self.names.difference(&before.names).filter_map(|name| name.strip_prefix("name\t")).collect()
    }

    /// What is there now and was not before, in words. Below a folder that is new, nothing else is news.
    pub fn more_than(&self, before: &Survey) -> Vec<String> {
        let new: Vec<&String> = self.names.difference(&before.names).collect();
        let is_below = |name: &str| {
            new.iter().any(|other| name.strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with('/')))
        };
        let names = new.iter().filter(|name| !is_below(name));
        let words = names.map(|name| match name.split_once('\t') {
            Some(("name", path)) => format!("{path} is still there"),
            Some(("thread", name)) => format!("its thread {name} is still running"),
            Some((file, line)) => format!("{file} still has: {line}"),
            None => name.to_string(),
        });
        let gone = self.died_at.iter().map(|what| format!("whoever reads {what} is killed: what it leads to is gone"));
        words.chain(gone).collect()
    }
}

/// Where the sections of loaded modules are.
#[derive(Debug, Default, Clone)]
pub struct Addresses(BTreeMap<String, BTreeMap<String, u64>>);

impl Addresses {
    /// What `grep . /sys/module/NAME/sections/.*` has printed.
    pub fn read(text: &str) -> Self {
        let mut modules: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for line in text.lines() {
            let Some((path, address)) = line.split_once(':') else { continue };
            let parts: Vec<&str> = path.split('/').collect();
            if let (["", "sys", "module", name, "sections", section], Some(address)) = (&parts[..], number(address)) {
                modules.entry(name.to_string()).or_default().insert(section.to_string(), address);
            }
        }
        Addresses(modules)
    }

    /// Where the sections of a module are.
    pub fn of(&self, module: &Module) -> BTreeMap<String, u64> {
        self.0.get(&module.name).cloned().unwrap_or_default()
    }

    /// The module, the section and the place in it that an address is in.
    fn find<'a>(&self, address: u64, modules: &'a [Module]) -> Option<(&'a Module, String, u64)> {
        modules.iter().find_map(|module| {
            let lengths = module.sections();
            let sections = self.0.get(&module.name)?.iter();
            let mut inside = sections.filter_map(|(name, start)| {
                let offset = address.checked_sub(*start)?;
                (offset < *lengths.get(name)?).then(|| (module, name.clone(), offset))
            });
            inside.next()
        })
    }
}

/// What the tracer has told of timers and of memory.
#[derive(Debug, Default)]
pub struct Traced {
    /// By its address, the function that a pending timer calls.
    timers: BTreeMap<u64, String>,
    /// By its address, from where memory was allocated, and how much.
    memory: BTreeMap<u64, (String, u64)>,
}

impl Traced {
    /// Follows what the tracer told next.
    pub fn read(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((event, rest)) =
                EVENTS.iter().find_map(|event| Some((*event, line.split_once(&format!(" {event}: "))?.1)))
            else {
                continue;
            };
            let value = |key: &str| rest.split_once(key).and_then(|(_, value)| number(value.split([' ', ',']).next()?));
            let text = |key: &str| {
                let value = rest.split_once(key).map_or("", |(_, value)| value);
                // `name [module]` is one value, and what follows is the next.
                value
                    .split_once('=')
                    .map_or(value, |(value, _)| value.rsplit_once(' ').map_or(value, |(value, _)| value))
                    .trim()
                    .to_string()
            };
            match event {
                "timer_start" => drop(value("timer=").map(|timer| self.timers.insert(timer, text("function=")))),
                "hrtimer_start" => drop(value("hrtimer=").map(|timer| self.timers.insert(timer, text("function=")))),
                "timer_cancel" | "timer_expire_entry" => drop(value("timer=").map(|timer| self.timers.remove(&timer))),
                "hrtimer_cancel" | "hrtimer_expire_entry" => {
                    drop(value("hrtimer=").map(|timer| self.timers.remove(&timer)))
                }
                "kmalloc" | "kmalloc_node" => {
                    let size = value_of(rest, "bytes_alloc=").unwrap_or_default();
                    drop(
                        value("ptr=")
                            .filter(|pointer| *pointer != 0)
                            .map(|pointer| self.memory.insert(pointer, (text("call_site="), size))),
                    );
                }
                "kfree" => drop(value("ptr=").map(|pointer| self.memory.remove(&pointer))),
                _ => {
                    // Since 6.4 the second argument is what is freed; before, the distance to it, or to free without a head, it.
                    let (head, what) = (value("head=").unwrap_or_default(), value("what=").unwrap_or_default());
                    drop(self.memory.remove(&if what < 4096 { head.wrapping_sub(what) } else { what }));
                }
            }
        }
    }

    /// The timers of these modules that are pending, in words.
    pub fn pending(&self, addresses: &Addresses, modules: &[Module]) -> Vec<String> {
        let mut pending = Vec::new();
        for (timer, function) in &self.timers {
            if function == "delayed_work_timer_fn" {
                let of_allocated = |(start, (site, size)): (&u64, &(String, u64))| {
                    let (module, _) = place_of(site, true, addresses, modules)?;
                    (*start..start + size).contains(timer).then_some(module)
                };
                let own = addresses.find(*timer, modules).map(|(module, ..)| module.name.clone());
                let module = own.or_else(|| self.memory.iter().find_map(of_allocated));
                pending.extend(module.map(|module| format!("delayed work of {module} was still queued")));
            } else if let Some((module, place)) = place_of(function, false, addresses, modules) {
                pending.push(format!("a timer of {module} was still pending, which calls {place}"));
            }
        }
        pending
    }

    /// What these modules have allocated and nobody has freed, in words.
    pub fn kept(&self, addresses: &Addresses, modules: &[Module]) -> Vec<String> {
        let pieces = self.memory.values().filter_map(|(site, size)| {
            let (module, place) = place_of(site, true, addresses, modules)?;
            Some((format!("{module} allocated in {place}"), *size))
        });
        not_given_back(pieces)
    }
}

/// Areas that modules have mapped, as by vmalloc(): of each its range, with who has mapped it, and how many bytes.
#[derive(Debug, Default)]
pub struct Mapped(BTreeMap<String, (String, u64)>);

impl Mapped {
    /// What proc_vmallocinfo(5) tells while the modules are loaded.
    pub fn read(text: &str, addresses: &Addresses, modules: &[Module]) -> Self {
        let of_module = |line: &str| {
            let (range, rest) = line.split_once(' ')?;
            let (size, rest) = rest.trim_start().split_once(' ')?;
            // `name+0x1/0x2 [module]`, or the address of an init function that is no more.
            let caller = rest.split_once(']').map_or(rest.split(' ').next()?, |(caller, _)| &rest[..=caller.len()]);
            let (module, place) = place_of(caller, true, addresses, modules)?;
            let pages = value_of(rest, "pages=").map(|pages| pages * PAGE);
            let bytes = pages.or(size.parse().ok())?;
            Some((range.to_string(), (format!("{module} mapped in {place}"), bytes)))
        };
        Mapped(text.lines().filter_map(of_module).collect())
    }

    /// Those of them that are there still, in words; `text` is the same file later.
    pub fn left_in(&self, text: &str) -> Vec<String> {
        let there: BTreeSet<&str> =
            text.lines().filter(|line| !line.contains("unpurged")).filter_map(|line| line.split(' ').next()).collect();
        not_given_back(
            self.0.iter().filter(|(range, _)| there.contains(range.as_str())).map(|(_, piece)| piece.clone()),
        )
    }
}

/// The bytes of a page.
const PAGE: u64 = 4096;

/// Pieces of memory that are left, by whose they are: what each of those has left, in words.
fn not_given_back(pieces: impl Iterator<Item = (String, u64)>) -> Vec<String> {
    let mut sites: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (whose, size) in pieces {
        let (count, bytes) = sites.entry(whose).or_default();
        (*count, *bytes) = (*count + 1, *bytes + size);
    }
    let words = |(whose, (count, bytes)): (String, (u64, u64))| {
        let pieces = if count == 1 { "piece" } else { "pieces" };
        format!("memory was not given back: {bytes} bytes, in {count} {pieces}, that {whose}")
    };
    sites.into_iter().map(words).collect()
}

/// The events that are read.
const EVENTS: [&str; 10] = [
    "hrtimer_start",
    "hrtimer_cancel",
    "hrtimer_expire_entry",
    "timer_start",
    "timer_cancel",
    "timer_expire_entry",
    "kmalloc_node",
    "kmalloc",
    "kfree",
    "kvfree",
];

/// A decimal value in an event.
fn value_of(rest: &str, key: &str) -> Option<u64> {
    rest.split_once(key)?.1.split(' ').next()?.parse().ok()
}

/// An address, with or without `0x`.
fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

/// The module of what a tracer calls `name [module]`, `name+0x1/0x2 [module]` or, once it is unloaded, by its address; and the
/// place in its source. The address of a call is that of the instruction after it.
fn place_of(what: &str, is_call: bool, addresses: &Addresses, modules: &[Module]) -> Option<(String, String)> {
    if let Some((function, name)) = what.split_once(" [") {
        let name = name.trim_end_matches(']');
        let module = modules.iter().find(|module| module.name == name)?;
        let frame =
            if function.contains("+0x") { what.to_string() } else { format!("RIP: {function}+0x0/0x1 [{name}]") };
        let place = place::in_folder(&frame, &module.file, &module.folder);
        return Some((name.to_string(), place.map_or_else(|| function.to_string(), |place| place.to_string())));
    }
    let (module, section, offset) = addresses.find(number(what)?, modules)?;
    let place = place::in_section(&module.file, &section, offset.saturating_sub(is_call.into()), &module.folder);
    Some((module.name.clone(), place.map_or_else(|| format!("{section}+{offset:#x}"), |place| place.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_told_and_what_is_below_it_is_not() {
        let before = Survey::read("reading\t/proc\nname\t/proc/misc\nreading\tthe end\n");
        let after = Survey::read(
            "reading\t/proc\nname\t/proc/misc\nname\t/proc/x\nname\t/proc/x/y\nthread\tz\nreading\t/proc/misc\n",
        );
        assert_eq!(
            after.more_than(&before),
            [
                "/proc/x is still there",
                "its thread z is still running",
                "whoever reads /proc/misc is killed: what it leads to is gone"
            ]
        );
    }

    #[test]
    fn a_timer_is_pending_until_it_is_cancelled_or_expires_and_memory_is_kept_until_it_is_freed() {
        let mut traced = Traced::default();
        traced.read(
            " insmod-1 [000] d.... 1.0: timer_start: timer=00000000000000a0 function=f [m] expires=4294 [timeout=25000] cpu=0\n\
             insmod-1 [000] d.... 1.0: hrtimer_start: hrtimer=00000000000000b0 function=g [m] expires=1 softexpires=1 mode=REL\n\
             insmod-1 [000] d.... 1.0: timer_cancel: timer=00000000000000a0\n\
             insmod-1 [000] ..... 1.0: kmalloc: call_site=m_init+0x20/0x30 [m] ptr=00000000000000c0 bytes_alloc=112\n\
             insmod-1 [000] ..... 1.0: kmalloc: call_site=m_init+0x20/0x30 [m] ptr=00000000000000d0 bytes_alloc=112\n\
             insmod-1 [000] ..... 1.0: kfree: call_site=m_init+0x28/0x30 [m] ptr=00000000000000d0\n\
             insmod-1 [000] ..... 1.0: kvfree: (kvfree_call_rcu+0x0/0x10) head=0xe8 what=0xe0\n",
        );
        assert_eq!(traced.timers.into_iter().collect::<Vec<_>>(), [(0xb0, "g [m]".to_string())]);
        assert_eq!(traced.memory.into_iter().collect::<Vec<_>>(), [(0xc0, ("m_init+0x20/0x30 [m]".to_string(), 112))]);
    }
}
