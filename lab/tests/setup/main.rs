//! The set-up, `ci/setup.sh`, on planted Debian archives in every state that a real one may be in: half-synchronised, damaged,
//! out of reach, changed meanwhile; and with a full disk, a replaced file of PyPI's, npm's or crates.io's, a kill at any step. The
//! scripts, apt, pip, npm and cargo are the real ones. Neither this machine's packages nor its own lists are touched.

#[path = "../tool/mod.rs"]
mod tool;

mod archive;
mod kernels;
mod machine;
mod npm;
mod registries;
mod site;

use archive::{Archive, Server};
use machine::Machine;
use nix::sys::signal::Signal;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tool::outcome;

const OLD: (&str, &str) = ("6.1.0-56", "6.1.192-2");
const NEW: (&str, &str) = ("6.1.0-57", "6.1.192-3");

/// An archive with two releases of a kernel, the newer one without some of its packages.
fn two_releases(lacking: &[&str]) -> Archive {
    Archive::new().kernel(OLD.0, OLD.1, &[]).kernel(NEW.0, NEW.1, lacking).publish()
}

#[test]
fn a_signed_image_that_is_known_by_name_only_is_replaced_by_the_unsigned_one() {
    let machine = Machine::reading(two_releases(&["linux-image-6.1.0-57-cloud-amd64"]));
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
    assert!(machine.packages("6.1").contains("linux-image-6.1.0-57-cloud-amd64-unsigned 6.1.192-3"));
}

#[test]
fn the_signed_image_is_preferred() {
    let machine = Machine::reading(two_releases(&[]));
    let run = outcome(&mut machine.setup(&["--kernel", "6.1"]));
    run.expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
    assert!(!run.stdout.contains("passed over"), "{}", run.stdout);
    assert!(machine.packages("6.1").contains("linux-image-6.1.0-57-cloud-amd64 6.1.192-3"));
}

#[test]
fn a_release_that_is_not_whole_is_passed_over_by_name() {
    let images = ["linux-image-6.1.0-57-cloud-amd64", "linux-image-6.1.0-57-cloud-amd64-unsigned"];
    let lacks: [(&[&str], &str); 3] = [
        (&images, "linux-image-6.1.0-57-cloud-amd64"),
        (&["linux-headers-6.1.0-57-common"], "linux-headers-6.1.0-57-common"),
        (&["linux-kbuild-6.1"], "linux-kbuild-6.1"),
    ];
    for (lacking, named) in lacks {
        let machine = Machine::reading(two_releases(lacking));
        let note = format!("passed over 6.1.0-57-cloud-amd64, because 6.1.192-3 of it lacks {named} in the archive");
        let run = outcome(&mut machine.setup(&["--kernel", "6.1"]));
        run.expect(0, &[&note, "kernels 6.1.0-56-cloud-amd64"]);
    }
}

#[test]
fn an_image_of_another_version_than_the_headers_is_not_taken() {
    let images = ["linux-image-6.1.0-57-cloud-amd64", "linux-image-6.1.0-57-cloud-amd64-unsigned"];
    let archive = Archive::new().kernel(OLD.0, OLD.1, &[]).kernel(NEW.0, NEW.1, &images);
    for image in images {
        archive.package(archive::SUITE, image, "6.1.192-4", "", &[]);
    }
    let machine = Machine::reading(archive.publish());
    outcome(&mut machine.setup(&["--kernel", "6.1"]))
        .expect(0, &["passed over 6.1.0-57-cloud-amd64", "kernels 6.1.0-56-cloud-amd64"]);
}

#[test]
fn an_older_version_of_a_release_counts_too() {
    let newer = Archive::new().kernel(NEW.0, "6.1.192-3", &[]);
    let machine = Machine::reading(newer.kernel(NEW.0, "6.1.192-4", &["linux-headers-6.1.0-57-common"]).publish());
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["passed over", "because 6.1.192-4 of it lacks"]);
    assert!(machine.packages("6.1").contains("linux-headers-6.1.0-57-cloud-amd64 6.1.192-3"));
}

#[test]
fn an_archive_without_a_whole_kernel_is_named() {
    let machine = Machine::reading(Archive::new().kernel(NEW.0, NEW.1, &["linux-headers-6.1.0-57-common"]).publish());
    machine.refused(&["--kernel", "6.1"], &["no release of it with all its packages", "CROSSINGS_DEBIAN_MIRROR=URL"]);
}

#[test]
fn a_package_that_goes_while_it_is_fetched_makes_the_lists_be_read_again() {
    for name in ["linux-image-6.1.0-56-cloud-amd64", "linux-kbuild-6.1", "busybox-static"] {
        let before = Archive::new().kernel(OLD.0, OLD.1, &[]).publish();
        let after = before.successor().kernel(NEW.0, NEW.1, &[]).publish();
        let (folder, mut after) = (before.path().to_path_buf(), Some(after));
        let server = Server::of(before.path(), move |path| {
            let now = path.contains(&format!("/{name}_")) && after.is_some();
            if now {
                after.take().expect("once").replace(&folder);
            }
            now
        });
        let machine = Machine::new(before, &server.address);
        let run = outcome(&mut machine.setup(&["--kernel", "6.1"]));
        let release = if name == "busybox-static" { OLD.0 } else { NEW.0 };
        run.expect(0, &["reading them again", &format!("kernels {release}-cloud-amd64")]);
        assert_eq!(machine.packages("6.1").lines().count(), 4, "of one release: {}", machine.packages("6.1"));
    }
}

#[test]
fn a_package_that_is_gone_or_damaged_for_good_is_named() {
    for name in ["linux-image-6.1.0-57-cloud-amd64", "linux-headers-6.1.0-57-common", "busybox-static"] {
        let archive = two_releases(&[]);
        archive.delete(name);
        let what = ["in the middle of a change, or holds a damaged file", name, "404", "in an hour"];
        Machine::reading(archive).refused(&["--kernel", "6.1"], &what);

        let archive = two_releases(&[]);
        archive.damage(name);
        let what = ["in the middle of a change, or holds a damaged file", name, "Hash Sum mismatch", "in an hour"];
        Machine::reading(archive).refused(&["--kernel", "6.1"], &what);
    }
}

#[test]
fn a_half_synchronised_mirror_is_named() {
    let archive = two_releases(&[]);
    archive.half_synchronise();
    Machine::reading(archive).refused(
        &["--kernel", "6.1"],
        &["could not read Debian's package lists: the mirror is in the middle of a change"],
    );
}

#[test]
fn an_archive_that_somebody_else_or_nobody_signed_is_not_used() {
    let archive = two_releases(&[]);
    archive.sign(archive::SUITE, &archive::Key::new());
    let what = ["this archive is not signed with Debian's keys, so nothing of it is used"];
    Machine::reading(archive).refused(&["--kernel", "6.1"], &what);
    let archive = two_releases(&[]);
    archive.unsign(archive::SUITE);
    Machine::reading(archive).refused(&["--kernel", "6.1"], &what);
}

#[test]
fn an_archive_out_of_reach_is_named() {
    let machine = Machine::new(two_releases(&[]), "http://127.0.0.1:1");
    machine.refused(&["--kernel", "6.1"], &["the Debian archive cannot be reached", "see that the network works"]);
    let mut mirror = machine.setup(&["--kernel", "6.1"]);
    outcome(mirror.env("CROSSINGS_DEBIAN_MIRROR", "http://127.0.0.1:1"))
        .expect(1, &["the Debian archive cannot be reached", "CROSSINGS_DEBIAN_MIRROR=URL"]);
}

#[test]
fn what_is_whole_in_the_cache_asks_no_archive() {
    let archive =
        Archive::new().kernel(NEW.0, NEW.1, &[]).kernel("6.12.117+deb12", "6.12.117-1~deb12u1", &[]).publish();
    let server = Server::of(archive.path(), |_| false);
    let machine = Machine::new(archive, &server.address);
    outcome(&mut machine.setup(&[])).expect(0, &["kernels 6.12.117+deb12-cloud-amd64, 6.1.0-57-cloud-amd64"]);
    server.asked.lock().expect("lock").clear();
    // Another version of the scripts: the kernels are tried again.
    fs::remove_file(machine.cache().join("kernels/6.1/tried")).expect("remove");
    outcome(&mut machine.setup(&[])).expect(0, &["compile a one-line module for 6.1"]);
    outcome(&mut machine.setup(&[])).expect(0, &["Crossings is set up"]);
    assert!(server.asked.lock().expect("lock").is_empty());

    machine.read("http://127.0.0.1:1");
    fs::remove_dir_all(machine.cache().join("kernels/6.1")).expect("remove");
    outcome(&mut machine.setup(&[]))
        .expect(1, &["cannot be reached", "ci/setup.sh --kernel 6.12, which needs nothing of it"]);
    outcome(&mut machine.setup(&["--kernel", "6.12"])).expect(0, &["kernels 6.12.117+deb12-cloud-amd64,"]);
}

#[test]
fn a_full_disk_is_named_at_every_step_and_the_next_run_goes_on() {
    let machine = Machine::reading(two_releases(&[]));
    let mut named = 0;
    // Too small for the lists, for the packages, for what is in them.
    for kib in [8, 40, 60, 80, 100, 140] {
        let full = outcome(&mut machine.setup_on_a_disk_of(kib));
        if full.code != Some(0) {
            full.expect(1, &["setup: "]);
            let said = full.stderr.lines().find(|line| line.starts_with("setup: ")).expect("a sentence");
            assert!(said.contains("the disk is full"), "{kib} KiB: {said}\n{}", full.stderr);
            assert!(full.stderr.contains("next: make room"), "{kib} KiB: {}", full.stderr);
            named += 1;
        }
    }
    assert!(named >= 4, "the disks were not small enough");
    outcome(&mut machine.setup_on_a_disk_of(20_000)).expect(0, &["Crossings is set up"]);
}

#[test]
fn a_run_that_is_killed_leaves_nothing_in_the_way_of_the_next() {
    let asked = ["/InRelease", "/Packages", "/linux-headers-6.1.0-57-common_", "/linux-image-", "/busybox-static_"];
    for (number, needle) in asked.into_iter().enumerate() {
        for signal in [Signal::SIGKILL, [Signal::SIGTERM, Signal::SIGINT][number % 2]] {
            let (machine, run) = Machine::asking_for(two_releases(&[]), needle, &["--kernel", "6.1"]);
            machine.interrupted(run, signal);
            outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
            machine.expect_nothing_unfinished();
        }
    }
}

#[test]
fn a_run_that_is_killed_while_it_tries_a_kernel_leaves_nothing_in_the_way_of_the_next() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGKILL] {
        let machine = Machine::reading(two_releases(&[]));
        let wait = machine.cache().join("wait");
        fs::write(&wait, "").expect("write");
        let run = machine.start_with(&["--kernel", "6.1"], "PLANTED_WAIT", &wait);
        tool::wait_for("the kernel to be tried", || {
            machine.cache().join("setup.work/module/try.c").exists().then_some(())
        });
        machine.interrupted(run, signal);
        let _ = fs::remove_file(&wait);
        outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["compile a one-line module"]);
        machine.expect_nothing_unfinished();
    }
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_nothing_in_the_way_of_the_next() {
    let machine = Machine::reading(two_releases(&[]));
    for tenths in 1..=10 {
        let run = machine.start(&["--kernel", "6.1"]);
        std::thread::sleep(Duration::from_millis(150 * tenths));
        machine.kill(run, Signal::SIGKILL);
    }
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
    assert_eq!(machine.packages("6.1").lines().count(), 4);
    machine.expect_nothing_unfinished();
}

#[test]
fn a_run_that_was_killed_when_all_was_done_leaves_nothing() {
    let machine = Machine::reading(two_releases(&[]));
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
    fs::create_dir_all(machine.cache().join("setup.work/kernel")).expect("mkdir");
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64"]);
    machine.expect_nothing_unfinished();
}

#[test]
fn root_installs_what_another_reading_of_the_lists_finds() {
    let archive = two_releases(&[]);
    let mut first = true;
    let server =
        Server::of(archive.path(), move |path| path.contains("/qemu-system-x86_") && std::mem::take(&mut first));
    let machine = Machine::new(archive, &server.address);
    outcome(&mut machine.as_root(&["--kernel", "6.1"]))
        .expect(0, &["Once more, with package lists read again", "QEMU 10.0.2"]);
    machine.expect_nothing_unfinished();
}

#[test]
fn a_package_for_root_that_is_gone_for_good_is_named() {
    let archive = two_releases(&[]);
    archive.delete("qemu-system-x86");
    let run = outcome(&mut Machine::reading(archive).as_root(&["--kernel", "6.1"]));
    run.expect(1, &["could not install packages: the mirror is in the middle of a change", "qemu-system-x86", "404"]);
}

#[test]
fn an_old_emulator_will_do_on_ubuntu_where_kvm_can_be_opened() {
    let machine = Machine::reading(two_releases(&[]));
    let old = machine.cache().join("old-qemu");
    fs::write(&old, "#!/bin/sh\necho 'QEMU emulator version 8.2.2 (planted)'\n").expect("write");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).expect("chmod");
    let check = |kvm| {
        let mut setup = machine.setup_on_ubuntu(&["--check", "--kernel", "6.1"]);
        outcome(setup.env("CROSSINGS_QEMU", &old).env("CROSSINGS_KVM", kvm))
    };
    check("/nonexistent").expect(1, &["qemu-system-x86", "10 or newer (replaces 8.2.2)"]);
    let opens = check("/dev/null");
    opens.expect(1, &["kernel 6.1"]);
    assert!(!opens.stdout.contains("qemu-system-x86"), "{}", opens.stdout);
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("read the folder").flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
