//! What a file of a module's refers to outside of its folder: `-I$(src)/../include` in a Makefile, `#include "../x.h"` in C.

use super::sources::{self, plain};
use anyhow::{Context, Result};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// A file that is longer than this was not written by hand.
const LONGEST: u64 = 4 << 20;

/// The absolute paths of all that a file refers to by `..`.
pub fn of(file: &Path) -> Result<Vec<PathBuf>> {
    let name = file.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let is_c = [".c", ".h", ".S", ".inc"].iter().any(|end| name.ends_with(end));
    let is_script = sources::is_makefile(file) || name.ends_with(".sh") || name.ends_with(".include");
    if !(is_c || is_script) || fs::metadata(file).map_or(true, |metadata| metadata.len() > LONGEST) {
        return Ok(Vec::new());
    }
    let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<&str> = if is_c {
        text.lines().filter_map(included).collect()
    } else {
        text.lines().filter(is_said).flat_map(upwards).collect()
    };
    let folder = file.parent().unwrap_or(file);
    Ok(names.into_iter().map(|name| plain(&folder.join(name))).collect())
}

/// What a line of C includes, if the way there leads upwards.
fn included(line: &str) -> Option<&str> {
    let quoted = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim_start();
    quoted.strip_prefix('"')?.split('"').next().filter(|name| name.contains(".."))
}

/// Whether a line of a Makefile is more than a comment.
fn is_said(line: &&str) -> bool {
    !line.trim_start().starts_with('#')
}

/// The paths in a line that begin with `..`, whatever stands before them: `$(src)/../include` leads where `../include` does.
fn upwards(line: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_alphanumeric() || "._-+".contains(letter);
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = line[from..].find("..").map(|at| at + from) {
        let rest = &line[at..];
        let end = rest.find(|letter: char| !is_name(letter) && letter != '/').unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches('/');
        let begins = !line[..at].ends_with(is_name);
        if begins && (path == ".." || path.starts_with("../")) {
            found.push(path);
        }
        from = at + end.max(2);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_upwards_are_found_in_a_makefile() {
        assert_eq!(upwards("ccflags-y := -I$(src)/../include -I $(PWD)/../../shared/"), ["../include", "../../shared"]);
        assert_eq!(upwards("KBUILD_EXTRA_SYMBOLS := $(src)/../prov/Module.symvers"), ["../prov/Module.symvers"]);
        assert_eq!(upwards("TOP := $(CURDIR)/.."), [".."]);
        assert_eq!(upwards("# wait... a..b"), [""; 0]);
    }

    #[test]
    fn only_an_include_leads_upwards_in_c() {
        assert_eq!(included("#include \"../include/x.h\""), Some("../include/x.h"));
        assert_eq!(included("# include \"x.h\""), None);
        assert_eq!(included("char *name = \"../x\";"), None);
    }
}
