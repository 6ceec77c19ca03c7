//! The chapter on a driver of one's own shows what commands have printed of the modules in `driver/`. Each folder's output.txt
//! begins with its command; here it is run, and what it prints compared. With CROSSINGS_BLESS=1 that is written instead.

mod tool;

use regex::Regex;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a command line prints, without what differs from machine to machine and from run to run.
fn printed(command: &str) -> String {
    let lab = env!("CARGO_BIN_EXE_lab");
    // What a reader types is `cargo lab …`.
    let script = format!("cargo() {{ shift; \"{lab}\" \"$@\"; }}; {command}");
    let output = Command::new("sh").args(["-c", &script]).current_dir(root()).output().expect("start sh");
    // Of the modules that are shown, some are at fault; no command line is.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| code < 2), "{command}: {}\n{said}", output.status);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let differing = [
        (r"(on Linux \d+\.\d+)[^ \n]*", "$1.…"),
        (r"\b[0-9a-f]{16}\b", "…"),
        (r"\+0x[0-9a-f]+/0x[0-9a-f]+", "+…"),
        (r"(from seed )\d+", "$1…"),
        (r"(--seed )\d+", "$1…"),
    ];
    differing.into_iter().fold(text, |text, (pattern, instead)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, instead).into_owned()
    })
}

#[test]
fn what_the_chapter_on_a_driver_shows_is_what_is_printed() {
    let mut stories = 0;
    for entry in fs::read_dir(root().join("driver")).expect("driver").flatten() {
        let path = entry.path().join("output.txt");
        let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (command, expected) = stored.split_once('\n').expect("a command");
        let printed = printed(command.strip_prefix("$ ").expect("a command after `$ `"));
        if env::var_os("CROSSINGS_BLESS").is_some() {
            fs::write(&path, format!("{command}\n{printed}")).expect("write");
        } else {
            assert_eq!(printed, expected, "{}", path.display());
        }
        stories += 1;
    }
    assert_eq!(stories, 4);
}
