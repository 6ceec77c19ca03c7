//! The lab itself in trouble: emulators that are old, killed or hang, a full disk, a spoilt template, a killed tool.
//! The message is clear, the exit code is 69, and no process, file or memory is left behind.

mod tool;

use nix::{sys::signal::Signal, unistd::Pid};
use std::{fs, process::Command};
use tool::{Cache, emulators_of, finished, lab, outcome, wait_for, wait_for_emulator, wait_until_gone};

#[test]
fn a_killed_emulator_is_a_lost_vm_and_not_a_failed_lesson() {
    outcome(&mut lab(&["run", "sound"])).expect(0, &[]);
    let run = lab(&["run", "endless"]).spawn().expect("start lab");
    let emulator = wait_for_emulator(run.id());
    std::thread::sleep(std::time::Duration::from_secs(1));
    kill(Signal::SIGKILL, emulator);
    finished(run).expect(69, &["the VM was lost"]);
}

#[test]
fn an_old_emulator_is_refused_with_the_reason() {
    let cache = Cache::new();
    let old = cache.emulator("echo 'QEMU emulator version 7.2.19 (Debian)'");
    outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_QEMU", old).env("CROSSINGS_KVM", "/nonexistent"))
        .expect(69, &["QEMU 7.2.19 is too old", "mis-emulate", "ci/setup.sh"]);
}

#[test]
fn no_emulator_is_named_with_the_command_that_mends_it() {
    outcome(lab(&["run", "sound"]).env("CROSSINGS_QEMU", "/nonexistent")).expect(2, &["/nonexistent"]);
}

#[test]
fn a_kvm_that_hangs_is_found_out_once_and_remembered() {
    let cache = Cache::new();
    let hangs = cache.emulator(r#"case "$*" in *"-accel kvm"*) exec sleep 1000;; esac; exec $QEMU "$@""#);
    let run = || outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_QEMU", &hangs).env("CROSSINGS_KVM", "/dev/null"));
    run().expect(0, &["trying KVM once", "using software emulation", "1 passed"]);
    let again = run();
    again.expect(0, &["1 passed"]);
    assert!(!again.stderr.contains("trying KVM"), "{}", again.stderr);
}

#[test]
fn the_doctor_clones_with_kvm_and_runs_every_lesson_and_says_what_to_report() {
    let cache = Cache::new();
    // Software emulation in KVM's clothes, so that the whole path is walked on any machine.
    let emulator = cache.emulator(
        r#"for word; do shift
            case "$word" in kvm) word=tcg,thread=single;; host,*) word=max;; esac
            set -- "$@" "$word"
        done
        exec $QEMU "$@""#,
    );
    let course = tool::part_of_planted(&["sound"]);
    let mut doctor = cache.lab(&["doctor", "--kvm"]);
    doctor.env("CROSSINGS_ROOT", course.path()).env("CROSSINGS_QEMU", emulator).env("CROSSINGS_KVM", "/dev/null");
    outcome(&mut doctor).expect(
        0,
        &[
            "model name",
            "KVM works",
            "boots            3, of which 0 failed",
            "clones           20, of which 0 failed",
            "wakes up late",
            "ok     sound on Linux 6.1 ",
            "2 passed, 0 failed",
            "report all of it",
        ],
    );
}

#[test]
fn the_doctor_says_that_kvm_cannot_be_used_and_what_to_do() {
    outcome(lab(&["doctor", "--kvm"]).env("CROSSINGS_KVM", "/nonexistent"))
        .expect(69, &["open /nonexistent: No such file", "modprobe kvm_intel"]);
}

#[test]
fn a_kvm_that_boots_and_cannot_clone_is_remembered() {
    let cache = Cache::new();
    let disguised = r#"case "$*" in *"-incoming"*kvm*|*kvm*"-incoming"*) echo planted >&2; exit 1;; esac
        for word; do shift
            case "$word" in kvm) word=tcg,thread=single;; host,*) word=max;; esac
            set -- "$@" "$word"
        done
        exec $QEMU "$@""#;
    let emulator = cache.emulator(disguised);
    let run =
        || outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_QEMU", &emulator).env("CROSSINGS_KVM", "/dev/null"));
    run().expect(0, &["KVM works", "1 passed"]);
    let memory = fs::read_dir(cache.0.path().join("kvm")).expect("what is remembered").flatten();
    let texts: Vec<String> = memory.map(|entry| fs::read_to_string(entry.path()).expect("read")).collect();
    assert!(texts.len() == 1 && texts[0].contains("KVM boots but cannot be cloned here"), "{texts:?}");
    run().expect(0, &["1 passed"]);
}

#[test]
fn a_full_disk_is_named_and_nothing_of_the_template_stays() {
    let cache = Cache::new();
    let small = cache.0.path().join("small");
    fs::create_dir(&small).expect("mkdir");
    let script = r#""$0/../busybox" mount -t tmpfs -o size=40m small "$0" || exit
        for part in kernels busybox tools; do ln -s "$(readlink -f "$0/../$part")" "$0/$part"; done
        "$LAB" run sound; code=$?; ls "$0/templates"; exit $code"#;
    let namespaces = if nix::unistd::geteuid().is_root() { "-m" } else { "-rm" };
    let mut command = Command::new("unshare");
    command.args([namespaces, "sh", "-c", script]).arg(&small).env("LAB", env!("CARGO_BIN_EXE_lab"));
    command.envs([
        ("CROSSINGS_ROOT", tool::planted()),
        ("CROSSINGS_CACHE", small),
        ("CROSSINGS_KVM", "/nonexistent".into()),
    ]);
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let full = outcome(&mut command);
    full.expect(69, &["reserve 256 MiB", "No space left on device"]);
    assert!(full.stdout.trim().starts_with("lock"), "the lock and nothing else stays: {}", full.stdout);
}

#[test]
fn a_program_that_cargo_replaces_while_it_runs_goes_on() {
    let cache = Cache::new();
    let program = cache.0.path().join("lab");
    fs::copy(env!("CARGO_BIN_EXE_lab"), &program).expect("copy the program");
    // The first thing that is asked of the emulator is its version.
    let emulator = cache.emulator(r#"rm -f "${0%/*}/lab"; exec $QEMU "$@""#);
    let mut command = Command::new(&program);
    command.args(["run", "sound"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.envs([
        ("CROSSINGS_ROOT", tool::planted().as_os_str()),
        ("CROSSINGS_CACHE", cache.0.path().as_os_str()),
        ("CROSSINGS_QEMU", emulator.as_os_str()),
        ("CROSSINGS_KVM", "/nonexistent".as_ref()),
    ]);
    outcome(&mut command).expect(0, &["1 passed"]);
    assert!(!program.exists(), "the emulator was asked before the program was looked at");
}

#[test]
fn another_emulator_gets_a_template_of_its_own() {
    let cache = Cache::new();
    outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_KVM", "/nonexistent")).expect(0, &["is ready to be cloned"]);
    let other = cache.emulator(r#"exec $QEMU "$@""#);
    outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_KVM", "/nonexistent").env("CROSSINGS_QEMU", other))
        .expect(0, &["is ready to be cloned"]);
    assert_eq!(cache.templates(".ram").len(), 2);
}

#[test]
fn a_spoilt_template_is_made_anew() {
    let cache = Cache::new();
    let run = || outcome(cache.lab(&["run", "sound"]).env("CROSSINGS_KVM", "/nonexistent"));
    run().expect(0, &[]);
    let state = cache.0.path().join("templates").join(&cache.templates(".state")[0]);
    fs::write(&state, "nonsense").expect("spoil the state");
    run().expect(0, &["could not be restored", "is ready to be cloned", "1 passed"]);
    run().expect(0, &["1 passed"]);
}

#[test]
fn two_runs_at_once_make_one_template() {
    let cache = Cache::new();
    let start = || cache.lab(&["run", "sound"]).env("CROSSINGS_KVM", "/nonexistent").spawn().expect("start lab");
    let (one, other) = (start(), start());
    let (one, other) = (finished(one), finished(other));
    one.expect(0, &["1 passed"]);
    other.expect(0, &["1 passed"]);
    let made = [&one, &other].iter().filter(|run| run.stderr.contains("is ready to be cloned")).count();
    assert_eq!((made, cache.templates(".ram").len()), (1, 1), "{}\n{}", one.stderr, other.stderr);
}

#[test]
fn a_killed_tool_leaves_nothing() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let before = shared_memory();
        let run = lab(&["run", "endless"]).spawn().expect("start lab");
        let emulator = wait_for_emulator(run.id());
        kill(signal, run.id() as i32);
        assert_eq!(finished(run).code, None, "the tool ends by the signal");
        wait_until_gone(emulator);
        assert_eq!(shared_memory(), before);
    }
}

#[test]
fn a_tool_that_is_killed_while_it_makes_a_template_leaves_no_file() {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let cache = Cache::new();
        let run = cache.lab(&["run", "sound"]).env("CROSSINGS_KVM", "/nonexistent").spawn().expect("start lab");
        let emulator = wait_for_emulator(run.id());
        kill(signal, run.id() as i32);
        finished(run);
        wait_until_gone(emulator);
        assert_eq!(cache.templates(""), ["lock"], "after {signal}");
    }
}

#[test]
fn an_ended_run_leaves_no_emulator() {
    let mut run = lab(&["run", "sound"]).spawn().expect("start lab");
    let id = run.id();
    let emulator = wait_for_emulator(id);
    assert!(run.wait().expect("wait").success());
    wait_until_gone(emulator);
    assert!(emulators_of(id).is_empty());
}

fn kill(signal: Signal, pid: i32) {
    nix::sys::signal::kill(Pid::from_raw(pid), signal).expect("kill");
}

/// What is in /dev/shm.
fn shared_memory() -> usize {
    wait_for("/dev/shm", || Some(fs::read_dir("/dev/shm").ok()?.count()))
}
