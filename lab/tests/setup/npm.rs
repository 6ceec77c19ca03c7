//! What befalls a package of npm's: the set-up's own scripts, with a short lock file in `page/`, on a planted registry.

use crate::{
    archive::{Server, finish},
    names,
    registries::Planted,
    tool::{self, Outcome, outcome},
};
use nix::sys::signal::Signal;
use serde_json::json;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const PACKAGE: &str = "@esbuild/linux-x64";

/// A machine that has Node and lacks what Node brings.
fn machine() -> Planted {
    let planted = Planted::new();
    let (real, folder) = (tool::real_cache().join("page"), planted.machine.cache().join("page"));
    fs::remove_file(&folder).expect("remove the link");
    fs::create_dir(&folder).expect("mkdir");
    let node = fs::read_link(real.join("node")).expect("Node, which ci/setup.sh brings");
    symlink(real.join(&node), folder.join(&node)).expect("link");
    symlink(&node, folder.join("node")).expect("link");
    // The registry that is planted has one package; the font is copied from another in the same way.
    let build = planted.at("page/build");
    let text = fs::read_to_string(&build).expect("read page/build");
    let copies = "cp \"node_modules/@fontsource/open-sans/files/$face\" \"$fonts/\"";
    assert!(text.contains(copies), "{text}");
    fs::write(&build, text.replace(copies, "touch \"$fonts/$face\"")).expect("write page/build");
    planted
}

/// Puts a version of the bundler into the registry `npm` at this address, and its hash into the lock file.
fn publish(planted: &Planted, address: &str, version: &str) -> PathBuf {
    let (tree, registry) = (planted.at(&format!("esbuild-{version}")), planted.at("npm").join(PACKAGE));
    fs::create_dir_all(tree.join("package/bin")).expect("mkdir");
    fs::create_dir_all(registry.join("-")).expect("mkdir");
    let manifest = json!({ "name": PACKAGE, "version": version });
    fs::write(tree.join("package/package.json"), manifest.to_string()).expect("write");
    let bundler = tree.join("package/bin/esbuild");
    fs::write(&bundler, format!("#!/bin/sh\nfor word; do case $word in --banner:js=*) echo \"${{word#*=}}\";; esac; done\necho 'bundled by {version}'\n"))
        .expect("write");
    fs::set_permissions(&bundler, fs::Permissions::from_mode(0o755)).expect("chmod");
    let name = format!("-/linux-x64-{version}.tgz");
    let file = registry.join(&name);
    finish(Command::new("tar").arg("-czf").arg(&file).arg("-C").arg(&tree).arg("package"));
    index(planted, address, version);
    let lock = json!({ "name": "page", "lockfileVersion": 3, "requires": true, "packages": {
        "": { "name": "page", "dependencies": { PACKAGE: version } },
        "node_modules/@esbuild/linux-x64": { "version": version, "integrity": integrity(&file) },
    }});
    let lock = serde_json::to_string_pretty(&lock).expect("JSON");
    fs::write(planted.at("page/package-lock.json"), lock).expect("write the lock file");
    let manifest = json!({ "name": "page", "dependencies": { PACKAGE: version } });
    fs::write(planted.at("page/package.json"), manifest.to_string()).expect("write");
    file
}

/// Writes what the registry says of the package, with the hash of the file that is there now.
fn index(planted: &Planted, address: &str, version: &str) {
    let registry = planted.at("npm").join(PACKAGE);
    let name = format!("-/linux-x64-{version}.tgz");
    let tarball = format!("{address}/npm/{PACKAGE}/{name}");
    let dist = json!({ "tarball": tarball, "integrity": integrity(&registry.join(name)) });
    let versions = json!({ version: { "name": PACKAGE, "version": version, "dist": dist } });
    let page = json!({ "name": PACKAGE, "dist-tags": { "latest": version }, "versions": versions });
    fs::write(registry.join("index.html"), page.to_string()).expect("write the index");
}

/// A file's hash, as lock files of npm give it.
fn integrity(file: &Path) -> String {
    let script = r#"openssl dgst -sha512 -binary "$1" | base64 -w0"#;
    let hash = finish(Command::new("sh").args(["-c", script, "sh"]).arg(file));
    format!("sha512-{}", String::from_utf8_lossy(&hash))
}

/// Packs another package into the file.
fn replace(planted: &Planted, version: &str, file: &Path) {
    let tree = planted.at(&format!("esbuild-{version}"));
    fs::write(tree.join("package/package.json"), "{}").expect("write");
    finish(Command::new("tar").arg("-czf").arg(file).arg("-C").arg(&tree).arg("package"));
}

fn command(planted: &Planted, address: &str) -> Command {
    let mut command = planted.setup(&["--kernel", "6.1"]);
    command.env("npm_config_registry", format!("{address}/npm/")).env("npm_config_fetch_retries", "0");
    command
}

fn set_up(planted: &Planted, address: &str) -> Outcome {
    outcome(&mut command(planted, address))
}

fn script(planted: &Planted) -> String {
    fs::read_to_string(planted.at("book/theme/crossings.js")).expect("the script of the pages")
}

#[test]
fn a_package_that_is_replaced_or_gone_is_named_and_those_before_stay() {
    let planted = machine();
    let server = Server::of(planted.folder.path(), |_| false);
    let address = server.address.as_str();
    publish(&planted, address, "1.0.0");
    set_up(&planted, address).expect(0, &["install what makes the script of the pages", "Crossings is set up"]);
    assert!(script(&planted).ends_with("bundled by 1.0.0\n"), "{}", script(&planted));
    let before = names(&planted.machine.cache().join("page"));
    assert_eq!(before.iter().filter(|name| name.starts_with("modules-")).count(), 1, "{before:?}");

    let said = ["is not the file that ci's lock file records, so it is not used", PACKAGE, "Lock files"];
    let file = publish(&planted, address, "1.1.0");
    replace(&planted, "1.1.0", &file);
    let run = set_up(&planted, address);
    run.expect(1, &said);
    assert_eq!(run.stderr.lines().count(), 2, "{}", run.stderr);
    // The same, and the registry says that this is how it must be.
    index(&planted, address, "1.1.0");
    set_up(&planted, address).expect(1, &said);
    // npm unpacks what it has not yet checked, so it may stumble before it knows better.
    OpenOptions::new().append(true).open(&file).and_then(|mut file| file.write_all(b"damaged")).expect("write");
    set_up(&planted, address).expect(1, &said[..1]);

    let page = planted.at("npm").join(PACKAGE).join("index.html");
    fs::remove_file(page).expect("remove");
    set_up(&planted, address).expect(1, &["this version has left its registry", "@esbuild/linux-x64@1.1.0"]);
    set_up(&planted, "http://127.0.0.1:1").expect(1, &["the registry cannot be reached"]);

    assert_eq!(names(&planted.machine.cache().join("page")), before);
    assert!(script(&planted).ends_with("bundled by 1.0.0\n"));
    planted.machine.expect_nothing_unfinished();

    publish(&planted, address, "1.2.0");
    set_up(&planted, address).expect(0, &["install what makes the script of the pages"]);
    assert!(script(&planted).ends_with("bundled by 1.2.0\n"), "{}", script(&planted));
    let after = names(&planted.machine.cache().join("page"));
    assert_eq!(after.iter().filter(|name| name.starts_with("modules-")).count(), 1, "{after:?}");
    let asked = server.asked.lock().expect("lock").len();
    let again = set_up(&planted, "http://127.0.0.1:1");
    again.expect(0, &["Crossings is set up"]);
    assert!(!again.stdout.contains("→"), "{}", again.stdout);
    assert_eq!(server.asked.lock().expect("lock").len(), asked);
}

#[test]
fn a_run_that_is_killed_while_a_package_comes_is_begun_again() {
    let planted = machine();
    let (slow, comes) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let (waits, came) = (slow.clone(), comes.clone());
    let server = Server::of(planted.folder.path(), move |path| {
        if path.ends_with(".tgz") && waits.load(Ordering::SeqCst) {
            came.store(true, Ordering::SeqCst);
            while waits.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        false
    });
    publish(&planted, &server.address, "1.0.0");
    let run = command(&planted, &server.address).spawn().expect("start the set-up");
    tool::wait_for("npm to ask for the package", || comes.load(Ordering::SeqCst).then_some(()));
    planted.machine.kill(run, Signal::SIGKILL);
    slow.store(false, Ordering::SeqCst);
    set_up(&planted, &server.address).expect(0, &["install what makes the script of the pages", "Crossings is set up"]);
    planted.machine.expect_nothing_unfinished();
}

#[test]
fn a_missing_part_is_named_by_the_check() {
    let planted = machine();
    let mut check = planted.setup(&["--check", "--kernel", "6.1"]);
    let run = outcome(&mut check);
    run.expect(1, &["packages of npm", "next: ci/setup.sh"]);
    fs::remove_file(planted.machine.cache().join("page/node")).expect("remove");
    outcome(&mut check).expect(1, &["Node", "packages of npm"]);
}

#[test]
fn a_book_without_its_script_says_what_makes_it() {
    let planted = machine();
    fs::remove_file(planted.at("book/theme/crossings.js")).expect("remove");
    let _ = fs::remove_file(planted.at("page/node_modules"));
    let mut build = planted.machine.run(&planted.at("page/build"), &[]);
    outcome(&mut build).expect(69, &["what makes the script of the pages is not there", "next: ci/setup.sh"]);
}
