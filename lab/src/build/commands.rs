//! How the files of modules are compiled, told as clangd wants it. kbuild notes the command of each object beside it, in
//! `.NAME.o.cmd`.

use crate::vm::kernel::Kernel;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};
use walkdir::WalkDir;

/// What tells the compiler which text it reads and what to warn of. An editor makes no code, and of gcc's many options for
/// that clang does not know half.
const KEPT: [&str; 10] =
    ["-D", "-U", "-I", "-W", "-include", "-isystem", "-nostdinc", "-std=", "-fshort-wchar", "-funsigned-char"];

/// What begins like those: options for other programs.
const PASSED_ON: [&str; 3] = ["-Wa,", "-Wl,", "-Wp,"];

/// Options whose value may be the next word.
const WITH_VALUE: [&str; 5] = ["-D", "-U", "-I", "-include", "-isystem"];

/// gcc's names of some warnings are not clang's.
const UNKNOWN_WARNINGS: &str = "-Wno-unknown-warning-option";

/// How one file is compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Where the compiler runs: the kernel's headers.
    pub directory: PathBuf,
    /// The source.
    pub file: PathBuf,
    /// The compiler first, the file last.
    pub arguments: Vec<String>,
}

impl Command {
    /// The same for another file.
    pub fn of_file(&self, file: &Path) -> Self {
        let mut arguments = self.arguments.clone();
        arguments.pop();
        arguments.push(file.display().to_string());
        Command { directory: self.directory.clone(), file: file.to_path_buf(), arguments }
    }
}

/// The commands by which the folder `build` was made, told of the sources that it is a copy of: so that an editor opens
/// these, and the headers in `include`, and no copy.
pub fn of(kernel: &Kernel, source: &Path, include: &Path, build: &Path) -> Result<Vec<Command>> {
    let directory = kernel.headers().canonicalize().with_context(|| format!("find {}", kernel.headers().display()))?;
    let headers = build.with_file_name("include").display().to_string();
    let copy = build.display().to_string();
    let of_source = |word: &String| {
        word.replace(&format!("{copy}/../include"), &include.display().to_string())
            .replace(&headers, &include.display().to_string())
            .replace(&copy, &source.display().to_string())
    };
    let mut commands = Vec::new();
    for entry in WalkDir::new(build).sort_by_file_name() {
        let entry = entry.with_context(|| format!("read {}", build.display()))?;
        if !entry.file_name().to_string_lossy().ends_with(".o.cmd") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
        // What kbuild itself adds to each module is not in the sources.
        let Some(words) = compiled(&text)
            .filter(|words| words.last().is_some_and(|file| file.starts_with(&copy) && !file.ends_with(".mod.c")))
        else {
            continue;
        };
        let arguments: Vec<String> = kept(&words).iter().map(of_source).collect();
        let file = PathBuf::from(arguments.last().context("the file of a command")?);
        commands.push(Command { directory: directory.clone(), file, arguments });
    }
    Ok(commands)
}

/// The words of the command by which an object was compiled from C, the source last, as its `.cmd` file notes it for make.
fn compiled(text: &str) -> Option<Vec<String>> {
    let (name, command) = text.lines().next()?.split_once(" := ")?;
    if !name.starts_with("savedcmd_") && !name.starts_with("cmd_") {
        return None;
    }
    // What follows the compiler looks at the object.
    let compiler = command.split(';').next()?.replace("\\#", "#").replace("$(pound)", "#").replace("$$", "$");
    shlex::split(&compiler).filter(|words| words.last().is_some_and(|word| word.ends_with(".c")))
}

/// What of a command concerns a language server.
fn kept(words: &[String]) -> Vec<String> {
    let mut kept = vec!["clang".to_string()];
    let mut words = words.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        let is_source = words.peek().is_none();
        if is_source {
            kept.extend([UNKNOWN_WARNINGS.to_string(), word.clone()]);
        } else if WITH_VALUE.contains(&word.as_str()) {
            kept.extend([word.clone()].into_iter().chain(words.next().cloned()));
        } else if KEPT.iter().any(|option| word.starts_with(option))
            && !PASSED_ON.iter().any(|option| word.starts_with(option))
            && word != "-Werror"
        {
            kept.push(word.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As kbuild of 6.12 writes it, but for its length.
    const NOTED: &str = r#"savedcmd_/b/door/door.o := gcc-12 -Wp,-MMD,/b/door/.door.o.d -nostdinc -I/h/include -I./include -include /h/include/linux/kconfig.h -D__KERNEL__ -fmacro-prefix-map=/h/= -std=gnu11 -fshort-wchar -mpreferred-stack-boundary=3 -fconserve-stack -Wall -Werror -Werror=return-type -Wa,-mx86 -I /b/door/../include -DMODULE  -DKBUILD_MODNAME='"door"' -c -o /b/door/door.o /b/door/door.c  ; ./tools/objtool/objtool --mcount /b/door/door.o

source_/b/door/door.o := /b/door/door.c
"#;

    #[test]
    fn what_only_gcc_knows_is_left_out_and_quotes_are_taken_off() {
        let words = compiled(NOTED).expect("a command");
        let expected = "clang -nostdinc -I/h/include -I./include -include /h/include/linux/kconfig.h -D__KERNEL__ \
                        -std=gnu11 -fshort-wchar -Wall -Werror=return-type -I /b/door/../include -DMODULE \
                        -DKBUILD_MODNAME=\"door\" -Wno-unknown-warning-option /b/door/door.c";
        assert_eq!(kept(&words).join(" "), expected);
        assert_eq!(compiled(&NOTED.replace("savedcmd_", "cmd_")), Some(words), "6.1 notes it under another name");
    }

    #[test]
    fn what_was_not_compiled_from_c_is_no_command() {
        assert_eq!(compiled("savedcmd_/b/door/door.ko := ld -r -o /b/door/door.ko /b/door/door.o\n"), None);
        assert_eq!(compiled("savedcmd_/b/door/entry.o := gcc-12 -c -o /b/door/entry.o /b/door/entry.S\n"), None);
        assert_eq!(compiled("deps_/b/door/door.o := /b/door/door.c\n"), None);
    }
}
