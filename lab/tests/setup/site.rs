//! What `ci/setup.sh --site` brings besides: a kernel for 32-bit PCs, and what makes programs and modules for it.

use crate::{
    NEW,
    archive::{Archive, Server},
    machine::Machine,
    tool::outcome,
};
use nix::sys::signal::Signal;
use std::fs;

const SITE: [&str; 3] = ["--site", "--kernel", "6.1"];

/// An archive with all that is wanted, but not the packages named in `lacking`.
fn whole(lacking: &[&str]) -> Archive {
    Archive::new().kernel(NEW.0, NEW.1, &[]).site(NEW.0, NEW.1, lacking).publish()
}

#[test]
fn what_a_site_needs_is_brought_once_and_only_for_a_site() {
    let archive = whole(&[]);
    let server = Server::of(archive.path(), |_| false);
    let machine = Machine::new(archive, &server.address);
    outcome(&mut machine.setup(&["--kernel", "6.1"])).expect(0, &["kernels 6.1.0-57-cloud-amd64, "]);
    assert!(!server.asked.lock().expect("lock").iter().any(|path| path.contains("i386")), "nobody wants a site");
    outcome(&mut machine.setup(&["--site", "--check", "--kernel", "6.1"])).expect(1, &["kernel 6.1-686", "i386"]);
    outcome(&mut machine.setup(&SITE)).expect(0, &["kernels 6.1.0-57-cloud-amd64, 6.1.0-57-686"]);
    assert!(machine.packages("6.1-686").contains("linux-image-6.1.0-57-686 6.1.192-3"));
    let linked = machine.cache().join("i386/rcrt1.o");
    assert_eq!(fs::read_to_string(linked).expect("read"), "planted\n");
    machine.expect_nothing_unfinished();
    server.asked.lock().expect("lock").clear();
    outcome(&mut machine.setup(&SITE)).expect(0, &["Crossings is set up"]);
    assert!(server.asked.lock().expect("lock").is_empty());
}

#[test]
fn a_package_for_32_bits_that_is_not_there_is_named() {
    let kernel = ["no release of it with all its packages", "CROSSINGS_DEBIAN_MIRROR=URL"];
    Machine::reading(whole(&["linux-headers-6.1.0-57-686"])).refused(&SITE, &kernel);
    let archive = whole(&[]);
    archive.delete("lib32gcc-12-dev");
    let gone = ["in the middle of a change, or holds a damaged file", "lib32gcc-12-dev", "404", "in an hour"];
    Machine::reading(archive).refused(&SITE, &gone);
}

#[test]
fn a_package_for_32_bits_that_the_lists_lack_is_named() {
    let run = outcome(&mut Machine::reading(whole(&["libuuid1:i386"])).setup(&SITE));
    run.expect(1, &["could not download what 32-bit programs need", "libuuid1"]);
}

#[test]
fn a_run_that_is_killed_leaves_nothing_in_the_way_of_the_next() {
    for (needle, signal) in [("/linux-image-6.1.0-57-686_", Signal::SIGKILL), ("/libext2fs2_", Signal::SIGKILL)] {
        let (machine, run) = Machine::asking_for(whole(&[]), needle, &SITE);
        machine.kill(run, signal);
        outcome(&mut machine.setup(&SITE)).expect(0, &["kernels 6.1.0-57-cloud-amd64, 6.1.0-57-686"]);
        machine.expect_nothing_unfinished();
    }
}
