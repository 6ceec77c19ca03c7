//! Programs that stand first in the PATH of a build. `uname` tells the lab's kernel, `make` finds the lab's headers where that
//! kernel's would be, and what would change the machine is not run: modules are loaded in the guest.

use crate::{programs, vm::kernel::Kernel};
use anyhow::{Context, Result};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    thread,
};

/// What a build must not do to the machine that it runs on, also if a Makefile's default goal says so.
const REFUSED: [&str; 6] = ["insmod", "rmmod", "modprobe", "depmod", "sudo", "doas"];

/// Puts them into a folder.
pub fn write(folder: &Path, kernel: &Kernel) -> Result<()> {
    let find = |name: &str| {
        Ok::<_, anyhow::Error>(shlex::try_quote(&programs::find(name)?.display().to_string())?.into_owned())
    };
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n# Written by the lab.\n{text}"))
            .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o755)))
            .with_context(|| format!("write {}", path.display()))
    };
    put("uname", &uname(&find("uname")?, &kernel.release))?;
    put("make", &make(&find("make")?, kernel)?)?;
    for name in REFUSED {
        put(name, &format!("echo \"lab: not run on this machine: {name} $*\" >&2\n"))?;
    }
    Ok(())
}

/// Says the kernel's release wherever the real one says that of the machine's.
fn uname(real: &str, release: &str) -> String {
    format!("{real} \"$@\" | sed \"s|$({real} -r)|{release}|g\"\n")
}

/// The real one, with the headers' folder for each place where a Makefile looks for it. The kernel's own make gets the
/// compiler that the headers want, and as many jobs as there are processors.
fn make(real: &str, kernel: &Kernel) -> Result<String> {
    let headers = kernel.headers();
    let headers = headers.to_str().context("the headers' path is not UTF-8")?;
    let (release, cc) = (&kernel.release, &kernel.cc);
    let jobs = thread::available_parallelism().map_or(1, usize::from);
    Ok(format!(
        r#"headers='{headers}'
of_kernel= own_cc=
for argument; do
	shift
	for place in /lib/modules/{release}/build /lib/modules/{release}/source /usr/src/linux-headers-{release} /usr/src/kernels/{release}; do
		case $argument in
		*"$place"*) argument="${{argument%%"$place"*}}$headers${{argument#*"$place"}}" ;;
		esac
	done
	case $argument in
	CC=* | LLVM=* | HOSTCC=*) own_cc=yes ;;
	"$headers"* | -C"$headers"* | --directory="$headers"*) of_kernel=yes ;;
	esac
	set -- "$@" "$argument"
done
if [ -z "$of_kernel" ]; then
	exec {real} "MAKE=$0" "$@"
elif [ -n "$own_cc" ]; then
	exec {real} MAKE={real} -j{jobs} "$@"
else
	exec {real} MAKE={real} -j{jobs} 'CC={cc}' "$@"
fi
"#
    ))
}
