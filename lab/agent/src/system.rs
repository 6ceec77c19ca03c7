//! What a small Linux needs before anything can run in it, and the few things the host asks of the machine itself.

use agent::{PORT, PORT_VARIABLE};
use anyhow::{Context, Result};
use nix::{
    errno::Errno,
    mount::{MsFlags, mount},
    sys::{
        termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr},
        time::TimeSpec,
    },
    time::{ClockId, clock_settime},
};
use std::{
    fs::{self, File, Permissions},
    os::{
        fd::AsRawFd,
        unix::fs::{OpenOptionsExt, PermissionsExt},
    },
    path::Path,
    time::Duration,
};

/// Each file system: its type and where it goes. The root itself is a tmpfs, so everything else is ordinary memory.
const MOUNTS: [(&str, &str); 9] = [
    ("proc", "/proc"),
    ("sysfs", "/sys"),
    ("devtmpfs", "/dev"),
    ("devpts", "/dev/pts"),
    ("tmpfs", "/dev/shm"),
    ("mqueue", "/dev/mqueue"),
    ("debugfs", "/sys/kernel/debug"),
    ("tracefs", "/sys/kernel/tracing"),
    ("cgroup2", "/sys/fs/cgroup"),
];

/// Mounts [`MOUNTS`]. debugfs and tracefs may mount themselves inside one another, so "already there" is fine.
pub fn mount_all() -> Result<()> {
    for (kind, target) in MOUNTS {
        if fs::metadata(target).is_err() {
            fs::create_dir_all(target).with_context(|| format!("make {target}"))?;
        }
        match mount(Some(kind), target, Some(kind), MsFlags::empty(), None::<&str>) {
            Ok(()) | Err(Errno::EBUSY) => {}
            Err(errno) => return Err(errno).with_context(|| format!("mount {target}")),
        }
    }
    Ok(())
}

/// Sets what every program and the kernel's watchdogs start from.
pub fn configure() -> Result<()> {
    // SAFETY: no other thread runs yet, so nobody reads the environment meanwhile.
    unsafe {
        std::env::set_var("PATH", "/bin");
        std::env::set_var("HOME", "/root");
        std::env::set_var("LANG", "C.UTF-8");
    }
    for folder in ["/root", "/tmp", "/run", "/mnt"] {
        fs::create_dir_all(folder).with_context(|| format!("make {folder}"))?;
    }
    fs::set_permissions("/tmp", Permissions::from_mode(0o1777))?;
    nix::unistd::sethostname("lab").context("set the host name")?;
    // A task that sleeps uninterruptibly for this many seconds is reported on the console as hung.
    fs::write("/proc/sys/kernel/hung_task_timeout_secs", "8").context("set hung_task_timeout_secs")?;
    fs::write("/proc/sys/kernel/sysrq", "1").context("enable SysRq")?;
    // Booting was quiet; from here on the console is the whole kernel log.
    fs::write("/proc/sys/kernel/printk", "8").context("turn the console up")?;
    let status = std::process::Command::new("/bin/busybox").args(["--install", "-s", "/bin"]).status();
    anyhow::ensure!(status.context("start busybox")?.success(), "busybox --install failed");
    Ok(())
}

/// Takes hold of the scheduler's tracepoints for good. The kernel rewrites its own code where a tracepoint gets its first
/// and its second listener, or loses them (`tracepoint_add_func` in kernel/tracepoint.c). Every tracer listens to the
/// scheduler, all processors run through it all the time, and software emulation has been seen to trip over an
/// instruction that was just being rewritten. With two listeners from the start, which record nothing, nothing is
/// rewritten there any more.
pub fn hold_tracepoints() -> Result<()> {
    for name in ["lab-first", "lab-second"] {
        let instance = Path::new("/sys/kernel/tracing/instances").join(name);
        fs::create_dir(&instance).with_context(|| format!("make {}", instance.display()))?;
        let events =
            ["sched_switch", "sched_wakeup", "sched_wakeup_new"].map(|event| format!("events/sched/{event}/enable"));
        let settings = [("tracing_on", "0"), ("buffer_size_kb", "4")];
        for (file, value) in settings.into_iter().chain(events.iter().map(|file| (file.as_str(), "1"))) {
            let file = instance.join(file);
            fs::write(&file, value).with_context(|| format!("write {value} to {}", file.display()))?;
        }
    }
    Ok(())
}

/// Opens the port to the host: the serial line that [`PORT_VARIABLE`] names, else the virtio-serial port called [`PORT`],
/// waiting for it to appear.
pub fn port() -> Result<File> {
    if let Some(line) = std::env::var_os(PORT_VARIABLE) {
        return serial_line(Path::new(&line));
    }
    let class = Path::new("/sys/class/virtio-ports");
    loop {
        for entry in fs::read_dir(class).into_iter().flatten().flatten() {
            if fs::read_to_string(entry.path().join("name")).is_ok_and(|name| name.trim() == PORT) {
                let device = Path::new("/dev").join(entry.file_name());
                return File::options().read(true).write(true).open(&device).context("open the port");
            }
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Opens a serial line that carries bytes as they are.
fn serial_line(path: &Path) -> Result<File> {
    let name = || format!("open {}", path.display());
    let line = File::options().read(true).write(true).custom_flags(libc::O_NOCTTY).open(path).with_context(name)?;
    let mut settings = tcgetattr(&line).with_context(name)?;
    cfmakeraw(&mut settings);
    tcsetattr(&line, SetArg::TCSANOW, &settings).with_context(name)?;
    Ok(line)
}

/// Sets the wall clock.
pub fn set_clock(since_epoch: Duration) -> Result<()> {
    clock_settime(ClockId::CLOCK_REALTIME, TimeSpec::from(since_epoch)).context("set the clock")
}

nix::ioctl_write_int_bad!(reseed_crng, nix::request_code_none!(b'R', 0x07));
nix::ioctl_write_ptr_bad!(add_entropy, nix::request_code_write!(b'R', 0x03, 8), PoolInfo);

/// `struct rand_pool_info` of <linux/random.h> with room for 32 bytes.
#[repr(C)]
pub struct PoolInfo {
    entropy_count: libc::c_int,
    buf_size: libc::c_int,
    buf: [u8; 32],
}

/// Credits fresh randomness to the kernel's pool and makes it use it at once: random(4), `RNDADDENTROPY` and
/// `RNDRESEEDCRNG`. Without this, every clone would hand out the same "random" numbers.
pub fn stir_random_pool(entropy: &[u8; 32]) -> Result<()> {
    let device = File::options().write(true).open("/dev/urandom").context("open /dev/urandom")?;
    let info = PoolInfo { entropy_count: 256, buf_size: 32, buf: *entropy };
    // SAFETY: the request reads one rand_pool_info and `buf_size` bytes after it, which `info` holds.
    unsafe { add_entropy(device.as_raw_fd(), &info) }.context("add entropy")?;
    // SAFETY: the request takes no argument.
    unsafe { reseed_crng(device.as_raw_fd(), 0) }.context("reseed the random number generator")?;
    Ok(())
}

/// Writes a whole file, making its folders.
pub fn put(path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = Path::new(path).parent() {
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    // /bin is full of links to busybox: a new program replaces its link and must not be written through it.
    let _ = fs::remove_file(path);
    fs::write(path, bytes).with_context(|| format!("write {path}"))?;
    fs::set_permissions(path, Permissions::from_mode(mode)).with_context(|| format!("chmod {path}"))
}
