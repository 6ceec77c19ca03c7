//! Kernels of the reader's own, in `cargo lab kernel`. What stands for one that somebody has built is Debian's 6.12, in the two
//! forms in which it can be added.

mod tool;

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};
use tool::{Cache, outcome, planted, real_cache};

/// A cache in which kernels can be added.
fn cache() -> Cache {
    let cache = Cache::new();
    let kernels = cache.0.path().join("kernels");
    fs::remove_file(&kernels).expect("remove the link");
    fs::create_dir(&kernels).expect("mkdir");
    for name in ["6.12", "6.1"] {
        symlink(real_cache().join("kernels").join(name), kernels.join(name)).expect("a link");
    }
    cache
}

/// Runs the tool with it.
fn with(cache: &Cache, arguments: &[&str]) -> tool::Outcome {
    outcome(&mut cache.lab(arguments))
}

fn stock() -> PathBuf {
    real_cache().join("kernels/6.12").canonicalize().expect("the kernel")
}

fn release() -> String {
    fs::read_to_string(stock().join("release")).expect("its release").trim().to_string()
}

/// A folder as a build of a kernel leaves it: its headers, the image where make puts it, its release where make notes it.
fn built(folder: &Path) {
    let headers = stock().join("build").canonicalize().expect("the headers");
    let copied = Command::new("cp").args(["-rs", "--no-target-directory"]).arg(&headers).arg(folder).status();
    assert!(copied.expect("start cp").success());
    for part in ["arch/x86/boot", "include/config"] {
        fs::create_dir_all(folder.join(part)).expect("mkdir");
    }
    fs::copy(stock().join("modules/modules.builtin"), folder.join("modules.builtin")).expect("copy");
    let common = format!("{}-common", headers.display()).replace("-cloud-amd64-common", "-common");
    fs::remove_file(folder.join("Makefile")).expect("remove");
    fs::write(folder.join("Makefile"), format!("include {common}/Makefile\n")).expect("write");
    let _ = fs::remove_file(folder.join("arch/x86/boot/bzImage"));
    symlink(stock().join("vmlinuz"), folder.join("arch/x86/boot/bzImage")).expect("a link");
    let _ = fs::remove_file(folder.join("include/config/kernel.release"));
    fs::write(folder.join("include/config/kernel.release"), format!("{}\n", release())).expect("write");
}

#[test]
fn a_kernel_from_the_folder_of_its_build_runs_and_builds_modules() {
    let cache = cache();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("tempdir");
    let folder = folder.path().join("linux");
    built(&folder);
    let from = folder.to_str().expect("a path");
    with(&cache, &["kernel", "add", from, "--name", "mine"])
        .expect(0, &["mine: Linux", &release(), "cargo lab exec --kernel mine uname -a"]);
    with(&cache, &["exec", "--kernel", "mine", "uname", "-r"]).expect(0, &[&release()]);
    let module = planted().join("modules/left-proc");
    with(&cache, &["try", module.to_str().expect("a path"), "--kernel", "mine"])
        .expect(1, &["build    ok", "unload   ok"]);
    with(&cache, &["kernel", "list"]).expect(0, &["6.12", "6.12-debug", "mine", "yours"]);
    with(&cache, &["kernel", "remove", "mine"]).expect(0, &[]);
    with(&cache, &["exec", "--kernel", "mine", "true"]).expect(2, &["mine", "6.12-debug"]);
    assert!(folder.join("include/config/kernel.release").exists(), "what it was made of stays");
}

#[test]
fn a_kernel_from_packages_runs() {
    let cache = cache();
    let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("tempdir");
    let root = work.path().join("root");
    let copied = Command::new("cp").args(["-r", "--no-target-directory"]).arg(stock().join("root")).arg(&root).status();
    assert!(copied.expect("start cp").success());
    fs::create_dir(root.join("DEBIAN")).expect("mkdir");
    let control = "Package: linux-mine\nVersion: 1\nArchitecture: amd64\nMaintainer: Nobody\nDescription: a kernel\n";
    fs::write(root.join("DEBIAN/control"), control).expect("write");
    let package = work.path().join("linux-mine.deb");
    let made = Command::new("dpkg-deb").args(["-Znone", "--build"]).arg(&root).arg(&package).output();
    assert!(made.expect("start dpkg-deb").status.success());
    let package = package.to_str().expect("a path");
    let added = with(&cache, &["kernel", "add", package]);
    added.expect(0, &[&release()]);
    with(&cache, &["exec", "--kernel", &release(), "uname", "-r"]).expect(0, &[&release()]);
}

#[test]
fn what_is_no_kernel_is_refused() {
    let cache = cache();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("tempdir");
    let from = folder.path().to_str().expect("a path");
    with(&cache, &["kernel", "add", from]).expect(2, &[from, "no kernel", "make bzImage modules"]);
    with(&cache, &["kernel", "add", "/nowhere"]).expect(2, &["/nowhere"]);
    with(&cache, &["kernel", "remove", "6.1"]).expect(2, &["6.1 is none of yours"]);
    with(&cache, &["kernel", "remove", "mine"]).expect(2, &["no kernel of yours", "mine"]);
    let folder = folder.path().join("linux");
    built(&folder);
    let from = folder.to_str().expect("a path");
    for name in ["6.12", "all", "../mine", "-mine", ""] {
        with(&cache, &["kernel", "add", from, &format!("--name={name}")]).expect(2, &[name]);
    }
    let config = fs::read_to_string(folder.join(".config")).expect("its configuration");
    fs::remove_file(folder.join(".config")).expect("remove");
    let without = config.replace("CONFIG_VIRTIO_CONSOLE=y", "# CONFIG_VIRTIO_CONSOLE is not set");
    fs::write(folder.join(".config"), without).expect("write");
    with(&cache, &["kernel", "add", from, "--name", "mine"])
        .expect(2, &["was built without CONFIG_VIRTIO_CONSOLE", "kvm_guest.config"]);
    let list = fs::read_dir(cache.0.path().join("kernels")).expect("the kernels").count();
    assert_eq!(list, 2, "nothing is left of what was refused");
}
