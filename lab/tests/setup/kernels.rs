//! Which kernels `--kernel` names, and what is brought of each.

use crate::{
    NEW, OLD,
    archive::{Archive, Server},
    machine::Machine,
    tool::outcome,
};
use std::fs;

#[test]
fn a_flavour_is_taken_by_its_name_and_no_other() {
    let archive = Archive::new().kernel(NEW.0, NEW.1, &[]).kernel_of("amd64", OLD.0, OLD.1);
    let archive =
        archive.kernel_of("amd64", "6.12.117+deb12", "6.12.117-1").kernel("6.12.118+deb12", "6.12.118-1", &[]);
    let machine = Machine::reading(archive.publish());
    outcome(&mut machine.setup(&["--kernel", "6.12-amd64", "--kernel", "6.1"]))
        .expect(0, &["kernels 6.12.117+deb12-amd64, 6.1.0-57-cloud-amd64"]);
    assert!(machine.packages("6.12-amd64").contains("linux-image-6.12.117+deb12-amd64 6.12.117-1"));
    machine.expect_nothing_unfinished();
}

#[test]
fn a_kernel_that_nobody_knows_is_refused_with_those_that_there_are() {
    let run = outcome(&mut Machine::reading(Archive::new().publish()).setup(&["--kernel", "2.4"]));
    run.expect(2, &["6.12 6.1 6.12-amd64 newest", "not '2.4'"]);
}

/// On Debian 13 its programs run as they are.
fn is_debian_13() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.contains("VERSION_ID=\"13\""))
}

#[test]
fn the_newest_kernel_comes_of_a_suite_that_nothing_else_is_taken_of() {
    let archive = Archive::new().newest("7.2.12+deb13", "7.2.12-1", &[]).newest("7.3.4+deb13", "7.3.4-1", &[]);
    let machine = Machine::reading(archive.kernel(NEW.0, NEW.1, &[]).publish());
    outcome(&mut machine.setup(&["--kernel", "newest", "--kernel", "6.1"]))
        .expect(0, &["kernels 7.3.4+deb13-cloud-amd64, 6.1.0-57-cloud-amd64"]);
    let folder = machine.cache().join("kernels/newest");
    assert_eq!(fs::read_to_string(folder.join("vmlinuz")).expect("read"), "vmlinuz");
    let makefile = fs::read_to_string(folder.join("build/Makefile")).expect("read");
    assert!(!makefile.contains("/usr/src"), "{makefile}");
    let program = folder.join("root/usr/lib/linux-kbuild-7.3.4+deb13/scripts/program");
    assert_eq!(program.is_symlink(), !is_debian_13());
    assert_eq!(machine.packages("newest").contains("libc6 2.41"), !is_debian_13());
    machine.expect_nothing_unfinished();
}

#[test]
fn a_part_of_an_image_that_is_not_there_yet_passes_its_release_over() {
    for part in ["binary", "modules", "base"].map(|part| format!("linux-{part}-7.3.4+deb13-cloud-amd64")) {
        let archive = Archive::new().newest("7.2.12+deb13", "7.2.12-1", &[]).newest("7.3.4+deb13", "7.3.4-1", &[&part]);
        let run = outcome(&mut Machine::reading(archive.publish()).setup(&["--kernel", "newest"]));
        run.expect(0, &[&format!("of it lacks {part} in the archive"), "kernels 7.2.12+deb13-cloud-amd64"]);
    }
}

#[test]
fn the_debug_kernel_is_built_once_of_a_configuration() {
    let archive = Archive::new().source("bookworm", "6.12.117-1").publish();
    let server = Server::of(archive.path(), |_| false);
    let machine = Machine::new(archive, &server.address);
    let setup = || outcome(&mut machine.setup(&["--kernel", "6.12-debug"]));
    setup().expect(0, &["build kernel 6.12-debug", "kernels 6.12.117-debug"]);
    let folder = machine.cache().join("kernels/6.12-debug");
    let read = |file: &str| fs::read_to_string(folder.join(file)).expect("read");
    assert_eq!((read("vmlinuz"), read("packages")), ("vmlinuz\n".into(), "linux-source-6.12 6.12.117-1\n".into()));
    assert!(read("build/.config").contains("CONFIG_KASAN=y") && !read("build/.config").contains("CONFIG_DEBUG_INFO"));
    assert!(read("build/include/config/auto.conf").ends_with("CONFIG_DEBUG_INFO_DWARF5=y\n"), "lines of modules");
    machine.expect_nothing_unfinished();

    server.asked.lock().expect("lock").clear();
    assert!(!setup().stdout.contains("build kernel"));
    assert!(server.asked.lock().expect("lock").is_empty());
    fs::write(folder.join("inputs"), "another configuration").expect("write");
    setup().expect(0, &["build kernel 6.12-debug"]);
}

#[test]
fn what_kbuild_drops_of_the_debug_kernel_is_named() {
    let archive = Archive::new().source_that_drops("CONFIG_KASAN_VMALLOC", "bookworm", "6.12.117-1").publish();
    let machine = Machine::reading(archive);
    outcome(&mut machine.setup(&["--kernel", "6.12-debug"]))
        .expect(1, &["kbuild did not take from ci/debug.config: CONFIG_KASAN_VMALLOC=y"]);
    machine.expect_nothing_unfinished();
}
