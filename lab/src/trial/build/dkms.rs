//! `dkms.conf`, which says how DKMS builds a module: dkms(8). It is a script of bash's that sets variables.

use super::tree::Tree;
use crate::{report::verdict::Fault, vm::kernel::Kernel};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Stdio},
};

/// Prints, a line each, what it says; the script's own output goes elsewhere.
const TELL: &str = r#"exec 3>&1 >&2
. ./dkms.conf
printf '%s\n' "$PACKAGE_NAME" "$PACKAGE_VERSION" "${MAKE[0]//$'\n'/ }" "${PRE_BUILD//$'\n'/ }" "${#PATCH[@]}" >&3"#;

/// What it says of the build.
pub struct Dkms {
    /// The command that builds, for a shell.
    pub make: String,
    /// A script that comes before.
    pub before: Option<String>,
}

impl Dkms {
    /// Reads it in the copy of a folder. The places that it may name are made in the copy's own folder.
    pub fn of(kernel: &Kernel, tree: &Tree, folder: &Path) -> Result<Self> {
        let place = tree.folder.join("dkms");
        let output = Command::new("bash")
            .args(["-c", TELL])
            .current_dir(folder)
            .env("kernelver", &kernel.release)
            .env("kernel_source_dir", kernel.headers())
            .env("arch", "x86_64")
            .env("dkms_tree", &place)
            .env("source_tree", &place)
            .stdin(Stdio::null())
            .output()
            .context("start bash")?;
        let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().collect();
        let [name, version, make, before, patches] = lines[..] else {
            return Err(Fault(format!("dkms.conf cannot be read\n{}", said.trim())).into());
        };
        ensure!(!name.is_empty(), Fault("dkms.conf sets no PACKAGE_NAME".into()));
        if patches != "0" {
            eprintln!("lab: dkms.conf names patches, which the lab does not apply");
        }
        let build = place.join(name).join(version).join("build");
        fs::create_dir_all(build.parent().context("DKMS's folder")?).context("make DKMS's folder")?;
        let _ = fs::remove_file(&build);
        symlink(folder, &build).with_context(|| format!("make {}", build.display()))?;
        let make = match make {
            "" => format!("make -C '{}' M='{}'", kernel.headers().display(), folder.display()),
            make => make.to_string(),
        };
        // As DKMS does it.
        let words = ["'make'", "\"make\"", "make"].into_iter().find_map(|word| make.strip_prefix(word));
        let make = words.map_or(make.clone(), |rest| format!("make KERNELRELEASE={}{rest}", kernel.release));
        Ok(Dkms { make, before: (!before.is_empty()).then(|| format!("./{before}")) })
    }
}
