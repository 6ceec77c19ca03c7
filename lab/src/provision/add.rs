//! A kernel of the reader's own takes its place in the cache. A folder in which one was built is linked to, so that the next build
//! is seen; packages are unpacked.

use crate::{
    cache, programs,
    provision::files::{self, missing},
    report::{spinner::Step, verdict::Mistake},
    vm::{
        kernel::Kernel,
        kernels::{ALL, KNOWN},
    },
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Adds a kernel. One of the same name is replaced, if it is the reader's too. That something else was named than a kernel is the
/// user's mistake.
pub fn add(from: &[PathBuf], name: Option<&str>) -> Result<Kernel> {
    let kernels = cache::folder()?.join("kernels");
    fs::create_dir_all(&kernels).with_context(|| format!("make {}", kernels.display()))?;
    // Beside its place, which it takes at once.
    let work =
        tempfile::Builder::new().prefix(".add").tempdir_in(&kernels).context("make a folder beside the kernels")?;
    let new = work.path().join("new");
    let release = match from {
        [folder] if folder.is_dir() => of_build(folder, &new)?,
        packages => of_packages(packages, &new)?,
    };
    let config = fs::read_to_string(new.join("build/.config")).context("read its configuration")?;
    let missing = missing(&config);
    ensure!(
        missing.is_empty(),
        Mistake(format!(
            "Linux {release} was built without {}, and the lab cannot reach it: {}",
            missing.join(", "),
            files::WANTED
        ))
    );
    fs::write(new.join("release"), &release).context("write its release")?;
    fs::write(new.join("cc"), files::compiler(&config)?).context("write its compiler")?;
    let name = allowed(name.unwrap_or(&release))?;
    let place = kernels.join(name);
    if place.exists() {
        fs::rename(&place, work.path().join("earlier")).with_context(|| format!("replace {}", place.display()))?;
    }
    fs::rename(&new, &place).with_context(|| format!("write {}", place.display()))?;
    Kernel::find(name)
}

/// A name that may be given: it becomes a folder's, and no option's.
fn allowed(name: &str) -> Result<&str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    if name.is_empty() || !name.chars().all(is_plain) || name.starts_with(['.', '-']) {
        bail!(Mistake(format!("{name:?} is no name for a kernel: letters, digits, and `._+-` within")));
    }
    if name == ALL || KNOWN.iter().any(|known| known.name == name) {
        bail!(Mistake(format!("{name} has a meaning already: name yours with --name")));
    }
    Ok(name)
}

/// A kernel from the folder in which it was built. Returns its release.
fn of_build(folder: &Path, new: &Path) -> Result<String> {
    let folder = folder.canonicalize().with_context(|| format!("find {}", folder.display()))?;
    let image = folder.join("arch/x86/boot/bzImage");
    let release = fs::read_to_string(folder.join("include/config/kernel.release")).unwrap_or_default();
    if !image.is_file() || release.is_empty() {
        bail!(Mistake(format!(
            "{} holds no kernel that was built for x86-64: make bzImage modules, there",
            folder.display()
        )));
    }
    let release = release.trim();
    let modules = new.join("root/lib/modules").join(release);
    fs::create_dir_all(&modules).context("make a folder for its modules")?;
    if folder.join("modules.order").is_file() {
        let step = Step::start("install its modules beside it");
        let to = format!("INSTALL_MOD_PATH={}", new.join("root").display());
        let path = format!("PATH={}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        let make = [
            OsStr::new("-C"),
            folder.as_os_str(),
            "modules_install".as_ref(),
            to.as_ref(),
            "INSTALL_MOD_STRIP=1".as_ref(),
        ];
        run(Command::new("env").arg(path).arg(programs::find("make")?).args(make))?;
        drop(step);
        forget_sources(&modules);
    }
    // Without modules of its own it has none of these, or only the second.
    for file in ["modules.dep", "modules.builtin"] {
        if !modules.join(file).exists() {
            let text = fs::read(folder.join(file)).unwrap_or_default();
            fs::write(modules.join(file), text).with_context(|| format!("write {file}"))?;
        }
    }
    link(new, &image, &folder, &modules)?;
    Ok(release.to_string())
}

/// A kernel from packages of Debian's, as `make bindeb-pkg` makes them. Returns its release.
fn of_packages(packages: &[PathBuf], new: &Path) -> Result<String> {
    let root = new.join("root");
    fs::create_dir_all(&root).context("make a folder to unpack into")?;
    let step = Step::start("unpack it");
    for package in packages {
        if !package.is_file() || package.extension() != Some(OsStr::new("deb")) {
            bail!(Mistake(format!("{} is neither a folder nor a package (NAME.deb)", package.display())));
        }
        run(Command::new(programs::find("dpkg-deb")?).arg("-x").arg(package).arg(&root))?;
    }
    drop(step);
    let (image, release) = files::image(&root).ok_or_else(|| lacks("a kernel", "linux-image-….deb"))?;
    let headers = root.join("usr/src").join(format!("linux-headers-{release}"));
    if !headers.join(".config").is_file() {
        bail!(lacks("its headers", &format!("linux-headers-{release}….deb")));
    }
    let folders = ["lib/modules", "usr/lib/modules"].map(|folder| root.join(folder).join(&release));
    let modules = folders.into_iter().find(|folder| folder.is_dir());
    let modules = modules.ok_or_else(|| lacks("its modules", "linux-image-….deb"))?;
    forget_sources(&modules);
    let base = modules.ancestors().nth(3).context("the root of its modules")?;
    run(Command::new(programs::find("depmod")?).arg("-b").arg(base).arg(&release))?;
    link(new, &image, &headers, &modules)?;
    Ok(release)
}

/// Makes the links by which the lab finds the parts of a kernel. What stands in `new` moves with it.
fn link(new: &Path, image: &Path, headers: &Path, modules: &Path) -> Result<()> {
    for (to, name) in [(image, "vmlinuz"), (headers, "build"), (modules, "modules")] {
        let to = to.strip_prefix(new).unwrap_or(to);
        symlink(to, new.join(name)).with_context(|| format!("make the link {name}"))?;
    }
    Ok(())
}

/// Removes links from a folder of modules to where its kernel was built.
fn forget_sources(modules: &Path) {
    for link in ["build", "source"] {
        let _ = fs::remove_file(modules.join(link));
    }
}

fn lacks(what: &str, package: &str) -> Mistake {
    Mistake(format!("these packages lack {what}: name {package} too"))
}

/// Runs a program that has nothing to say unless it fails.
fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{}", output.status, said.trim());
    Ok(())
}
